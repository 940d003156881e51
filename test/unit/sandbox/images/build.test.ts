import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { agentImages } from "../../../../infra/versions.ts";
import { backends } from "../../../../sandbox/images/backends.ts";
import { contentKey } from "../../../../sandbox/images/build.ts";
import type { ImagePart } from "../../../../sandbox/images/catalog.ts";
import { describeDebianPackages } from "../../../../sandbox/images/debian.ts";
import { stagePip } from "../../../../sandbox/images/pip.ts";
import { checkoutRoot } from "../../../../sandbox/paths.ts";

let folder: string;
const key = (part: ImagePart) => contentKey({ reference: "a:1", entrypoint: [], user: "1", parts: [part] }, new Map());
const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-image-"));
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it("makes a linked part anew when its program or a library of it changed", async () => {
  write("tool", "program 1");
  write("library.so", "library 1");
  write("ldd", `#!/bin/sh\necho "	library.so => ${folder}/library.so (0x00007f)"\n`);
  const part = { kind: "linked", source: "tool", path: "/bin/tool" } as const;
  const keys = [await key(part), await key(part)];
  write("library.so", "library 2");
  keys.push(await key(part));
  write("tool", "program 2");
  keys.push(await key(part));
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
});

it("says what to install when a linked program is on no PATH", async () => {
  await expect(key({ kind: "linked", source: "no-such-tool", path: "/x" })).rejects.toThrow(
    /no-such-tool is missing\. Type: apt-get/,
  );
});

it("makes an npm part anew when any of its files changed, but not for what was installed beside them", async () => {
  for (const name of ["package.json", "package-lock.json", "main.js"]) write(name, "1");
  const part = { kind: "npm", source: folder, path: "/app" } as const;
  const first = await key(part);
  mkdirSync(join(folder, "node_modules"));
  expect(await key(part)).toBe(first);
  write("package.json", "2");
  expect(await key(part)).not.toBe(first);
});

it("makes a Debian part anew when apt offers another file, whatever mirror it comes from", async () => {
  const offer = (address: string, file: string) =>
    write("apt-get", `#!/bin/sh\necho "'${address}/${file}' ${file} 12 SHA256:${file}"\n`);
  const part = { kind: "debian", packages: ["tool"], path: "/" } as const;
  offer("one", "tool_1.deb");
  const first = await key(part);
  offer("two", "tool_1.deb");
  expect(await key(part)).toBe(first);
  offer("two", "tool_2.deb");
  expect(await key(part)).not.toBe(first);
});

it("fetches apt's lists once when they know no such package", async () => {
  const script =
    '[ "$*" != "${*%update}" ] && { touch "$0.lists"; exit; }; [ -e "$0.lists" ] || exit 100; echo "\'a\' tool 1 SHA256:1"';
  write("apt-get", `#!/bin/sh\n${script}\n`);
  expect(await describeDebianPackages(["tool"])).toBe("tool 1 SHA256:1");
});

it("makes a Maven part anew when its pom.xml changed", async () => {
  const part = { kind: "maven", source: folder, path: "/app" } as const;
  write("pom.xml", "1");
  const first = await key(part);
  write("pom.xml", "2");
  expect(await key(part)).not.toBe(first);
});

it("makes a pip part anew when its requirements.txt changed, but not for the program beside it", async () => {
  const part = { kind: "pip", source: folder, path: "/app" } as const;
  write("requirements.txt", "1");
  const first = await key(part);
  write("main.py", "1");
  expect(await key(part)).toBe(first);
  write("requirements.txt", "2");
  expect(await key(part)).not.toBe(first);
});

it("says what to install where there is no pip", async () => {
  write("python3", "#!/bin/sh\nexit 1\n");
  await expect(stagePip(folder, join(folder, "out"))).rejects.toThrow(/pip is missing\. Type: apt-get/);
});

it("names the agents' images by the versions that they hold", () => {
  const read = (path: string) => readFileSync(join(checkoutRoot, "sandbox/images", path), "utf8");
  const [, java] =
    /opentelemetry-javaagent<\/artifactId>\s*<version>(.*)<\/version>/.exec(read("java-agent/pom.xml")) ?? [];
  const [, python] = /^opentelemetry-distro==(\S+)/m.exec(read("python-agent/requirements.txt")) ?? [];
  expect([java, python]).toEqual([agentImages.java.split(":")[1], agentImages.python.split(":")[1]]);
});

it.each(["sandbox/images/python-agent", "examples/languages/words"])(
  "%s pins every package by version and hash",
  (path) => {
    const lines = readFileSync(join(checkoutRoot, path, "requirements.txt"), "utf8")
      .trim()
      .split("\n");
    const packages = lines.filter((line) => !line.startsWith("#"));
    expect(packages.length).toBeGreaterThan(5);
    for (const line of packages) expect(line).toMatch(/^[a-z0-9.-]+==\S+ --hash=sha256:[0-9a-f]{64}$/);
  },
);

it("names the backends' images by the versions that their pom.xml pins", () => {
  for (const name of ["zipkin", "kafka", "opensearch", "elasticsearch"] as const) {
    const pom = readFileSync(join(checkoutRoot, "sandbox/images", name, "pom.xml"), "utf8");
    const [, dependencies = ""] = /<dependencies>([\s\S]*)<\/dependencies>/.exec(pom) ?? [];
    const versions = [...dependencies.matchAll(/<version>(.*)<\/version>/g)].map(([, version]) => version);
    expect(new Set(versions), name).toEqual(new Set([backends[name].reference.split(":")[1]]));
  }
});
