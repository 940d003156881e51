import { createDefaultMonokleValidator, processRefs, type Resource, ResourceParser } from "@monokle/validation";
import { stringify } from "yaml";
import { contentHash } from "../../common/content-hash.ts";
import type { Manifest } from "../../policy/types.ts";
import { type Finding, objectName } from "./finding.ts";

/** The validators that need no network. */
const plugins = ["pod-security-standards", "practices", "resource-links", "yaml-syntax", "metadata"];
/** Rules that want to be told first what is right. */
const needSettings = ["metadata/custom-labels", "metadata/custom-annotations"];

/** What @monokle/validation finds wrong with the objects of one stack, by every rule that works without network. */
export async function askMonokle(manifests: readonly Manifest[]): Promise<Finding[]> {
  const validator = createDefaultMonokleValidator();
  const enabled = Object.fromEntries(plugins.map((plugin) => [plugin, true]));
  await validator.preload({ plugins: enabled });
  if (validator.getFailedPlugins().length > 0) throw new Error(`not loaded: ${validator.getFailedPlugins()}`);
  // Most of them are off until they are named.
  const rules = Object.entries(validator.rules).flatMap(([plugin, known]) =>
    known.map(({ name }) => `${plugin}/${name}`).filter((rule) => !needSettings.includes(rule)),
  );
  await validator.preload({ plugins: enabled, rules: Object.fromEntries(rules.map((rule) => [rule, "err"])) });
  const resources = processRefs(manifests.map(resource), new ResourceParser());
  const { runs } = await validator.validate({ resources });
  return runs.flatMap(({ results }) =>
    results.map(({ ruleId, message, locations }): Finding => {
      const file = locations[0]?.physicalLocation?.artifactLocation.uri;
      const manifest = manifests[resources.findIndex(({ filePath }) => filePath === file)];
      if (manifest === undefined) throw new Error(`${ruleId} names no object: ${JSON.stringify(locations)}`);
      return { judge: "monokle", rule: ruleId, object: objectName(manifest), message: message.text };
    }),
  );
}

function resource(manifest: Manifest): Resource {
  const { apiVersion, kind, metadata } = manifest;
  const text = stringify(manifest);
  // It remembers beyond this run what it has read under a name.
  const id = `${kind}-${metadata.name}-${contentHash({ text })}`;
  return {
    id,
    fileId: id,
    filePath: `${id}.yaml`,
    fileOffset: 0,
    name: metadata.name,
    apiVersion,
    kind,
    ...(metadata.namespace && { namespace: metadata.namespace }),
    content: manifest,
    text,
  };
}
