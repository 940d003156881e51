import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Props } from "../../../sandbox/providers/kubernetes/values.ts";
import { judgeWaitFor, parseWaitFor } from "../../../sandbox/providers/kubernetes/waitfor.ts";

const live: Props = {
  metadata: { annotations: { "a.b/c": "yes" } },
  webhooks: [{ clientConfig: { caBundle: "abc" } }, { clientConfig: { caBundle: "" } }],
  status: {
    phase: "Running",
    count: 3,
    empty: "",
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False", message: "not yet" },
    ],
  },
};
const holds = (text: string) => parseWaitFor(text).map((one) => judgeWaitFor(live, one).ready);

describe("waitFor", () => {
  test.each<[string, boolean[]]>([
    ["jsonpath={.status.phase}=Running", [true]],
    ["jsonpath={.status.phase}=Pending", [false]],
    ["jsonpath=.status.phase=Running", [true]],
    ["jsonpath={status.count}=3", [true]],
    ["jsonpath={.status.count}", [true]],
    ["jsonpath={.status.empty}", [false]],
    ["jsonpath={.status.missing}", [false]],
    [`jsonpath={.metadata.annotations['a.b/c']}=yes`, [true]],
    ["jsonpath={.metadata.annotations.a\\.b/c}=yes", [true]],
    ["jsonpath={.webhooks[0].clientConfig.caBundle}", [true]],
    ["jsonpath={.webhooks[*].clientConfig.caBundle}", [false]],
    ["jsonpath={.webhooks[*].clientConfig.missing}", [false]],
    [`jsonpath={.status.conditions[?(@.type=="Ready")].status}=True`, [true]],
    [`jsonpath=.status.conditions[?(@.type=="Other")].status=True`, [false]],
    ["condition=Ready", [true]],
    ["condition=Other", [false]],
    ["condition=Other=false", [true]],
    ["condition=Missing", [false]],
    [`["condition=Ready", "jsonpath={.status.phase}=Pending"]`, [true, false]],
  ])("%s: %s", (text, expected) => {
    expect(holds(text)).toEqual(expected);
  });

  test.each([
    "",
    "Ready",
    "condition=",
    "jsonpath=",
    "jsonpath={}",
    "jsonpath={.a}=",
    "jsonpath={.a[}",
    "[]",
    "[1]",
    "[not json",
  ])("refuses %j", (text) => {
    expect(() => parseWaitFor(text)).toThrow(/pulumi\.com\/waitFor: .*("|;)/);
  });

  test("says what is missing", () => {
    expect(judgeWaitFor(live, parseWaitFor("condition=Other")[0]!).message).toBe(
      "condition Other is False, waiting for True: not yet",
    );
  });

  test("finds any field by its quoted name, and ends on any text", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/['}=]/.test(text));
    fc.assert(
      fc.property(name, (key) => judgeWaitFor({ [key]: "v" }, parseWaitFor(`jsonpath={['${key}']}=v`)[0]!).ready),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          return parseWaitFor(`jsonpath=${text}`).length === 1;
        } catch (error) {
          return (error as Error).message.startsWith("pulumi.com/waitFor");
        }
      }),
    );
  });
});
