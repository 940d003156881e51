import { expect, test } from "vitest";
import { versionOfImage } from "../../../instrumentation/image.ts";
import { cpuSeconds } from "../../cpu.ts";

const sha = `sha256:${"ab".repeat(32)}`;

test.each([
  ["app", undefined],
  ["app:1.2", "1.2"],
  ["registry.example:5000/team/app", undefined],
  ["registry.example:5000/team/app:2.0_x-1", "2.0_x-1"],
  ["[fd00::1]:5000/app:3", "3"],
  [`team/app@${sha}`, sha],
  [`team/app:1@${sha}`, `1@${sha}`],
  ["team/app@sha256:abab", undefined],
  [`team/app@md5:${"ab".repeat(32)}`, undefined],
  ["Team/App:1", undefined],
  ["HOST/app:1", "1"],
  ["app:", undefined],
  ["app:-1", undefined],
  [`app:${"a".repeat(129)}`, undefined],
  ["", undefined],
  [`${"a/".repeat(130)}a:1`, undefined],
  ["a".repeat(100_000), undefined],
])("%s", (image, version) => {
  expect(versionOfImage(image)).toBe(version);
});

test("a reference made to be slow is not", () => {
  const both = () => [`${"a-".repeat(500)}!`, `${"a.a_".repeat(250)}:!`].map(versionOfImage);
  expect(cpuSeconds(both)).toBeLessThan(0.1);
});
