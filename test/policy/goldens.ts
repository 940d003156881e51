import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { type ProfileName, profileNames } from "../../infra/profiles.ts";
import type { Manifest } from "../../policy/types.ts";

const read = new Map(
  profileNames.map((profile) => {
    const text = readFileSync(new URL(`../golden/${profile}.yaml`, import.meta.url), "utf8");
    return [profile, parseAllDocuments(text).map((document) => document.toJS() as Manifest)];
  }),
);

/** The committed manifests of a profile; the same list each time. */
export function golden(profile: ProfileName): readonly Manifest[] {
  return read.get(profile) ?? [];
}
