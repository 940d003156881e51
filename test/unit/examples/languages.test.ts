import { readFileSync } from "node:fs";
import type { V1CronJob, V1Deployment, V1Job, V1PodTemplateSpec, V1Service } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

const read = (name: string) => readFileSync(new URL(`../../../examples/languages/${name}`, import.meta.url), "utf8");
const documents = (name: string) => parseAllDocuments(read(name)).map((document) => document.toJS() as unknown);

const services = [
  ["frontend", "inject-sdk"],
  ["quotes", "inject-nodejs"],
  ["ratings", "inject-java"],
  ["words", "inject-python"],
] as const;

const templates: readonly (readonly [file: string, key: string, V1PodTemplateSpec | undefined])[] = [
  ...services.map(([name, key]) => {
    const [deployment] = documents(`${name}.yaml`) as [V1Deployment];
    return [`${name}.yaml`, key, deployment.spec?.template] as const;
  }),
  ["jobs/report.yaml", "inject-python", (documents("jobs/report.yaml") as [V1Job])[0].spec?.template],
  ["jobs/tick.yaml", "inject-nodejs", (documents("jobs/tick.yaml") as [V1CronJob])[0].spec?.jobTemplate.spec?.template],
];

test.each(templates)("%s opts in by %s alone, and holds no OTEL_ variable", (file, key, template) => {
  expect(template?.metadata?.annotations).toEqual({ [`instrumentation.opentelemetry.io/${key}`]: "true" });
  expect(read(file)).not.toContain("OTEL_");
});

test.each(templates)("%s runs where Pod Security restricted is enforced", (_file, _key, template) => {
  expect(template?.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
  });
  for (const container of template?.spec?.containers ?? []) {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.resources).toMatchObject({ limits: { memory: expect.any(String) } });
  }
});

test.each(services)("%s: the Service finds the pods and their port", (name) => {
  const [deployment, service] = documents(`${name}.yaml`) as [V1Deployment, V1Service];
  const template = deployment.spec!.template;
  expect(deployment.spec?.selector.matchLabels).toEqual(template.metadata?.labels);
  expect(service.spec?.selector).toEqual(template.metadata?.labels);
  expect(service.spec?.ports).toEqual([{ name: "http", port: 8080, targetPort: "http" }]);
  expect(template.spec?.containers[0]?.ports).toEqual([{ name: "http", containerPort: 8080 }]);
});

test.each(["ratings/Ratings.java", "words/words.py", "words/report.py", "words/requirements.txt"])(
  "%s knows nothing of tracing",
  (file) => expect(read(file)).not.toMatch(/opentelemetry|OTEL/i),
);
