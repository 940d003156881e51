import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { makeObserved, nameOf, type Observed } from "./observed.ts";

/** The program of an example as it stands, with its imports found from elsewhere. */
function example(name: string): string {
  const source = readFileSync(join(checkoutRoot, "examples/programs", name, "index.ts"), "utf8");
  return source.replaceAll('"../../../', `"${checkoutRoot}/`);
}

describe.each(["register", "component"])("the example %s", (name) => {
  let project: Observed;
  beforeAll(async () => {
    project = await makeObserved(example(name));
    await project.pulumi(["config", "set", "context", "nowhere"]);
    await project.pulumi(["config", "set", "sampler", "parentbased_always_on"]);
  });
  afterAll(() => project.remove());

  const up = async () => {
    project.forget();
    return project.pulumi(["up", "--yes", "--skip-preview"]);
  };
  /** Variables of each Deployment as the provider was shown them, as text. */
  const shown = () => {
    const last = new Map<string, string>();
    for (const one of project.calls()) {
      if (one.call === "check" && one.urn.includes("Deployment::")) last.set(nameOf(one), JSON.stringify(one.inputs));
    }
    return last;
  };

  test("injects the workload it is for, and no other", async () => {
    const { code, output } = await up();
    expect(code, output).toBe(0);
    expect([...shown().keys()].sort()).toEqual(["traced", "untouched"]);
    expect(shown().get("traced")).toContain("http://otel-agent.observability.svc:4318");
    expect(shown().get("untouched")).not.toContain("OTEL_");
  });

  test("leaves no secret in the state as plain text", async () => {
    const sealed = await project.pulumi(["stack", "export"]);
    expect(sealed.output).toContain("OTEL_EXPORTER_OTLP_ENDPOINT");
    expect(sealed.output).not.toContain("a-t0ken");
    const opened = await project.pulumi(["stack", "export", "--show-secrets"]);
    expect(opened.output.includes("a-t0ken")).toBe(name === "component");
  });

  test("a changed sampler changes the injected workload only", async () => {
    await project.pulumi(["config", "set", "sampler", "always_off"]);
    const { output } = await project.pulumi(["preview", "--json"]);
    const { steps } = JSON.parse(output.slice(output.indexOf("{"))) as { steps: { op: string; urn: string }[] };
    const changed = steps.filter(({ op }) => op !== "same").map(({ urn }) => urn.split("::").at(-1));
    expect(changed).toEqual(["traced"]);
  });

  test("a workload without a name of its own is refused with the line to write, and nothing else is said", async () => {
    project.write(
      example(name).replaceAll(/metadata: \{ name, namespace: "default" \}/g, 'metadata: { namespace: "default" }'),
    );
    const { code, output } = await project.pulumi(["preview"]);
    expect(code).not.toBe(0);
    expect(output).toContain('metadata.name: "traced"');
    expect(output).not.toContain('"untouched"');
    expect(output).not.toMatch(/^\s+at .+/m);
  });
});
