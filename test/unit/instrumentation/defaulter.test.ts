import { expect, test } from "vitest";
import { agentFields, defaultImages, withDefaults } from "../../../instrumentation/defaulter.ts";
import type { InstrumentationSpec } from "../../../instrumentation/types.ts";

const limits = { cpu: "500m", memory: "256Mi" };

test.each([
  ["java", "resources", "50m", "64Mi"],
  ["nodejs", "resourceRequirements", "50m", "128Mi"],
  ["python", "resourceRequirements", "50m", "64Mi"],
  ["dotnet", "resourceRequirements", "50m", "128Mi"],
  ["go", "resourceRequirements", "50m", "64Mi"],
  ["apacheHttpd", "resourceRequirements", "1m", "128Mi"],
  ["nginx", "resourceRequirements", "1m", "128Mi"],
] as const)("%s: image, limits and requests of an empty spec", (field, key, cpu, memory) => {
  const agent = withDefaults({})[field];
  expect(agent?.image).toBe(defaultImages[field]);
  expect(agent?.[key]).toEqual({ limits, requests: { cpu, memory } });
});

test("the web servers get their paths, Apache its version", () => {
  const { apacheHttpd, nginx } = withDefaults({ apacheHttpd: { version: "2.2" } });
  expect(apacheHttpd).toMatchObject({ version: "2.2", configPath: "/usr/local/apache2/conf" });
  expect(withDefaults({}).apacheHttpd?.version).toBe("2.4");
  expect(nginx?.configFile).toBe("/etc/nginx/nginx.conf");
});

test("limits and requests are filled in apart from each other, and what is given stays whole", () => {
  const given = { cpu: "2" };
  const { nodejs, java } = withDefaults({
    nodejs: { resourceRequirements: { limits: given } },
    java: { image: "mine", resources: { requests: {} } },
  });
  expect(nodejs?.resourceRequirements).toEqual({ limits: given, requests: { cpu: "50m", memory: "128Mi" } });
  expect(java).toEqual({ image: "mine", resources: { limits, requests: {} } });
});

test("nothing else is added, and the input is not changed", () => {
  const spec: InstrumentationSpec = { env: [{ name: "A", value: "b" }], nginx: { attrs: [{ name: "X", value: "y" }] } };
  const before = structuredClone(spec);
  const filled = withDefaults(spec);
  expect(spec).toEqual(before);
  expect(Object.keys(filled).sort()).toEqual([...agentFields, "env"].sort());
  expect(filled.nginx?.attrs).toEqual(spec.nginx?.attrs);
  expect(withDefaults(filled)).toEqual(filled);
});
