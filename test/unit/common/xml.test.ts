import { expect, test } from "vitest";
import { allOf, parseXml } from "../../xml.ts";

test("reads elements, attributes and text", () => {
  const root = parseXml('<a b="1 &lt; 2">x &amp; <c d=\'"\'/>y<e>z</e></a>\n');
  expect(root).toMatchObject({ name: "a", attributes: { b: "1 < 2" }, text: "x & yz" });
  expect(allOf(root).map(({ name }) => name)).toEqual(["a", "c", "e"]);
  expect(root.children[0]?.attributes).toEqual({ d: '"' });
});

test.each([
  "",
  "text",
  "<a>",
  "<a></b>",
  "<a/><b/>",
  "<a>x</a>y",
  "<a><b></a></b>",
  "<a b=1/>",
  '<a b="1" b="2"/>',
  '<a b="<"/>',
  "<a>&</a>",
  "<a>&nbsp;</a>",
  "<a>]]></a>",
  "<a>\u0001</a>",
  "<a>\ud800</a>",
  "<a>< b></a>",
])("refuses %j", (document) => {
  expect(() => parseXml(document)).toThrow();
});
