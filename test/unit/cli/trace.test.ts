import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { kubectlOf } from "../../../cli/kubeconfig.ts";
import { delays, traceCommand } from "../../../cli/trace.ts";
import { readTraceFlags } from "../../../cli/trace-options.ts";
import type { Receipt } from "../../../receipt/trace.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trace-"));
  vi.stubEnv("THROUGHLINE_STATE", join(folder, "state"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("defaults to the example in the embedded cluster", () => {
  expect(readTraceFlags({})).toEqual({
    target: { workload: { namespace: "demo", service: "frontend", port: 8080, path: "/" } },
    namespace: "observability",
    timeoutMs: 30_000,
    output: "text",
    repeat: 1,
    expectServices: [],
  });
});

test.each([
  ["shop/cart:http", { namespace: "shop", service: "cart", port: "http", path: "/" }],
  ["shop/cart:80/a/b?c=1", { namespace: "shop", service: "cart", port: 80, path: "/a/b?c=1" }],
])("reads --workload %s", (text, workload) => {
  expect(readTraceFlags({ workload: text }).target).toEqual({ workload });
});

test("reads --expect", () => {
  expect(readTraceFlags({ expect: "frontend, quotes" }).expectServices).toEqual(["frontend", "quotes"]);
});

test("reads --id and --svg; such a trace is waited for only when asked to", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const svg = join(folder, "trace.svg");
  expect(readTraceFlags({ id: traceId.toUpperCase(), svg })).toMatchObject({ traceId, svg, timeoutMs: 0 });
  expect(readTraceFlags({ id: traceId, timeout: "2s" }).timeoutMs).toBe(2_000);
});

test.each([
  ["500ms", 500],
  ["1.5s", 1_500],
  ["2m", 120_000],
])("reads --timeout %s", (timeout, timeoutMs) => {
  expect(readTraceFlags({ timeout }).timeoutMs).toBe(timeoutMs);
});

test.each([
  [{ url: "x" }, '--url is "x"; write an http or https address'],
  [{ url: "ftp://x/" }, '--url is "ftp://x/"'],
  [{ url: "ftp://user:hunter2@x/" }, '--url is "ftp://***@x/"; write an http or https address without a login'],
  [{ url: "http://user:hunter2@x/" }, '--url is "http://***@x/"'],
  [{ url: "http://a/", workload: "a/b:1" }, "--url and --workload exclude each other"],
  [{ workload: "cart:80" }, '--workload is "cart:80"; write NAMESPACE/SERVICE:PORT'],
  [{ timeout: "5" }, '--timeout is "5"; write a number with ms, s or m'],
  [{ timeout: "0s" }, '--timeout is "0s"'],
  [{ output: "yaml" }, '--output is "yaml"; write --output text or --output json'],
  [{ repeat: "0" }, '--repeat is "0"; write a whole number from 1 to 1000'],
  [{ repeat: "2.5" }, '--repeat is "2.5"'],
  [{ expect: "a,,b" }, '--expect is "a,,b"; write names of services with commas between'],
  [{ expect: "" }, '--expect is ""'],
  [{ id: "0af765" }, '--id is "0af765"; write the 32 hexadecimal digits'],
  [{ id: "0".repeat(32), url: "http://a/" }, "--id and --url exclude each other"],
  [{ id: "0".repeat(32), repeat: "2" }, "--id and --repeat exclude each other"],
  [
    { svg: "/no/such/folder/a.svg" },
    '--svg is "/no/such/folder/a.svg"; write the name of a file in a folder that exists',
  ],
  [{ svg: "/" }, '--svg is "/"'],
  [{ svg: "" }, '--svg is ""'],
  [{ namespace: "Not_A_Name" }, '--namespace is "Not_A_Name"'],
])("refuses %j", (flags, message) => {
  expect(() => readTraceFlags(flags)).toThrow(
    expect.objectContaining({ name: "UserError", message: expect.stringContaining(message) }),
  );
});

test("lists every wrong flag at once", () => {
  expect(() => readTraceFlags({ timeout: "x", output: "y", repeat: "z" })).toThrow(
    expect.objectContaining({ problems: [expect.any(String), expect.any(String), expect.any(String)] }),
  );
});

test("picks no cluster that the user did not name", async () => {
  await expect(traceCommand([])).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringContaining("--context"),
  });
});

test("names the contexts there are when the one asked for is not among them", async () => {
  const kubeconfig = join(folder, "config");
  const contexts = '[{"name": "mine", "context": {"cluster": "c", "user": "u"}}]';
  const clusters = '[{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}]';
  writeFileSync(kubeconfig, `{"contexts": ${contexts}, "clusters": ${clusters}, "users": [{"name": "u", "user": {}}]}`);
  await expect(traceCommand(["--context", "yours", "--kubeconfig", kubeconfig])).rejects.toMatchObject({
    name: "UserError",
    message: '--context is "yours"; write one of: mine',
  });
  await expect(traceCommand(["--context", "mine", "--kubeconfig", `${kubeconfig}-not`])).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringContaining("does not exist"),
  });
});

test("a kubeconfig that can't be read is told without a word of it", async () => {
  const kubeconfig = join(folder, "config");
  writeFileSync(kubeconfig, "users:\n- name: u\n  user:\n    token: hunter2\n   bad: 1\n");
  await expect(traceCommand(["--context", "a", "--kubeconfig", kubeconfig])).rejects.toMatchObject({
    name: "UserError",
    message: `--kubeconfig is "${kubeconfig}", which can't be read: no valid kubeconfig, from line 5 on. Write: the path of a kubeconfig`,
  });
  await expect(traceCommand(["--context", "a", "--kubeconfig", folder])).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringContaining("can't be read: it is a folder"),
  });
  vi.stubEnv("KUBECONFIG", kubeconfig);
  await expect(traceCommand(["--context", "a"])).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(/^KUBECONFIG, or else ~\/\.kube\/config, is (?!.*hunter2)/),
  });
});

test("an option it does not know is a clear error; --help is none", async () => {
  await expect(traceCommand(["--bogus"])).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringContaining("'--bogus'"),
  });
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  expect(await traceCommand(["--help"])).toBe(0);
  expect(printed.mock.calls.join("")).toContain("--repeat N");
});

test("lines to type name the embedded cluster's kubectl from here, and quote for the shell", () => {
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  const kubeconfig = join(folder, "state/kubeconfig");
  expect(kubectlOf({ context: "throughline-sandbox", kubeconfig, stack: "s" })).toBe(
    "state/cluster/bin/kubectl --kubeconfig state/kubeconfig --context throughline-sandbox",
  );
  expect(kubectlOf({ context: "team a's", kubeconfig: "/etc/k 8s", stack: "s" })).toBe(
    "kubectl --kubeconfig '/etc/k 8s' --context 'team a'\\''s'",
  );
});

test("median and maximum of the delays", () => {
  const after = (...values: (number | null)[]) => values.map((queryableAfterMs) => ({ queryableAfterMs }) as Receipt);
  expect(delays(after(30, 10, 20))).toEqual({ count: 3, median: 20, max: 30 });
  expect(delays(after(10, 20, null))).toEqual({ count: 2, median: 15, max: 20 });
  expect(delays(after(null))).toBeUndefined();
});
