import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Manifest, Rule } from "../../../policy/types.ts";
import "../../../policy/vitest.ts";

const pinned = "shop/web:1.2.3";
const latest = "shop/web:latest";
const pod = (image: string): Manifest => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
  },
});
const all = (image: string) => [pod(image)];
/** The one rule of these tests. */
const only: readonly Rule[] = (await import("../../../policy/check.ts")).rules.filter(
  ({ name }) => name === "image-pinned",
);
const options = { rules: only };
const exception = {
  ...{ rule: "image-pinned", object: "Deployment shop/*", reason: "moves", until: "2027-06-30" },
};

const failure = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it passed");
};

test("passes what keeps every rule, as a list or as a rendering", () => {
  expect(all(pinned)).toSatisfyPolicies(options);
  expect({ manifests: all(pinned) }).toSatisfyPolicies(options);
  expect(all(latest)).not.toSatisfyPolicies(options);
});

test("fails with object, what is wrong, id and the line to write", () => {
  expect(failure(() => expect(all(latest)).toSatisfyPolicies(options))).toBe(
    `expected all policies to be satisfied: 1 finding
Deployment shop/web: container web runs image shop/web:latest [image-pinned]. Write: image: name:version
Why: throughline check --explain image-pinned`,
  );
  expect(failure(() => expect(all(pinned)).not.toSatisfyPolicies(options))).toMatch(/but none did/);
});

test("asks all rules by default, and leaves out those that are named", () => {
  const message = failure(() => expect(all(latest)).toSatisfyPolicies({ without: ["image-pinned"] }));
  expect(message).toContain("[pod-security-restricted]");
  expect(message).not.toContain("[image-pinned]");
  expect(() => expect([]).toSatisfyPolicies({ without: ["image-pined"] })).toThrow(/Write: "image-pinned"/);
});

test("lets warnings pass where only errors count", () => {
  expect(all(latest)).toSatisfyPolicies({ ...options, severity: "error" });
});

test("knows exceptions, and fails when they are of no use any more", () => {
  const today = "2027-01-01";
  expect(all(latest)).toSatisfyPolicies({ ...options, today, exceptions: [exception] });
  expect(failure(() => expect(all(pinned)).toSatisfyPolicies({ ...options, today, exceptions: [exception] }))).toMatch(
    /0 findings\nexceptions, entry 1: .* excuses nothing/,
  );
  const late = { ...options, today: "2028-01-01", exceptions: [exception] };
  expect(failure(() => expect(all(latest)).toSatisfyPolicies(late))).toMatch(/1 finding\n[\s\S]*ended on 2027-06-30/);
  expect(() => expect([]).toSatisfyPolicies({ exceptions: [{ ...exception, rule: "x" }] })).toThrow(/which is no rule/);
});

test("takes the file that the command line takes", () => {
  const folder = mkdtempSync(join(tmpdir(), "throughline-vitest-"));
  try {
    const file = join(folder, "exceptions.yaml");
    const ofFile = { ...exception, object: undefined, file: "web.yaml" };
    writeFileSync(file, JSON.stringify([exception, ofFile]));
    expect(all(latest)).toSatisfyPolicies({ ...options, today: "2027-01-01", exceptions: file });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("says what it is for where it is given something else", () => {
  expect(() => expect("yaml").toSatisfyPolicies()).toThrow(
    /Write: expect\(await render\(program\)\)\.toSatisfyPolicies\(\)/,
  );
});
