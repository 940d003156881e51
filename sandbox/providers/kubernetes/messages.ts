import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { connect, readSettings } from "./config.ts";
import { type Change, pathText } from "./diff.ts";
import { kindOfType, parseId, type Target, targetOf, typeOf } from "./kinds.ts";
import { fromStruct, isSecretObject, type Marked, toStruct } from "./structs.ts";
import { at, type Path, type Props, strings } from "./values.ts";

/** A change with the engine's question answered: can it be made in place? */
export interface PlannedChange extends Change {
  readonly replaces: boolean;
}

export function checkResponse(
  inputs: Marked,
  failures: readonly { property: string; reason: string }[],
): provider.CheckResponse {
  const list = failures.map(({ property, reason }) =>
    new provider.CheckFailure().setProperty(property).setReason(reason),
  );
  return new provider.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(list);
}

export function diffResponse(found: readonly PlannedChange[], deleteBeforeReplace: boolean): provider.DiffResponse {
  const { Kind } = provider.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  const { DiffChanges } = provider.DiffResponse;
  const replaces = found.filter((change) => change.replaces).map((change) => pathText(change.path));
  const response = new provider.DiffResponse()
    .setChanges(found.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
    .setHasdetaileddiff(true)
    .setDiffsList([...new Set(found.map((change) => String(change.path[0])))])
    .setReplacesList(replaces)
    .setDeletebeforereplace(replaces.length > 0 && deleteBeforeReplace);
  for (const { path, kind, replaces: replacing } of found) {
    const detail = new provider.PropertyDiff().setKind(kinds[kind][replacing ? 1 : 0]).setInputdiff(true);
    response.getDetaileddiffMap().set(pathText(path), detail);
  }
  return response;
}

/** The object that a state speaks of; an import has only the id and the type. */
export function targetFor(urn: string, id: string, state: Props): Target {
  return at(state, ["metadata", "name"]) !== undefined
    ? targetOf(state)
    : { ...kindOfType(typeOf(urn)), ...parseId(id) };
}

/** Which cluster a provider's settings lead to; undefined when they lead nowhere any more. */
export function clusterIdentity(inputs: Props): string | undefined {
  const settings = readSettings(inputs);
  try {
    return settings && connect(settings).identity;
  } catch {
    return undefined;
  }
}

/** The places of a Secret object whose contents are secret in any case. */
export function secretContents(object: Props): Path[] {
  return isSecretObject(object)
    ? ["data", "stringData"].filter((key) => object[key] !== undefined).map((key) => [key])
    : [];
}

/** Every secret string in a message's value; the data of Secrets also decoded. */
export function secretStrings({ value, secrets }: Marked): string[] {
  const found = [...secrets, ...secretContents(value)].flatMap((path) => strings(at(value, path)));
  const decoded = secretContents(value).flatMap((path) =>
    path[0] === "data" ? strings(at(value, path)).map((text) => Buffer.from(text, "base64").toString("utf8")) : [],
  );
  const encoded = strings(value["stringData"]).map((text) => Buffer.from(text).toString("base64"));
  return [...new Set([...found, ...decoded, ...(secretContents(value).length > 0 ? encoded : [])])];
}

// The requests' fields that may hold secrets.
const structGetters = ["getNews", "getOlds", "getOldInputs", "getProperties", "getInputs", "getArgs"] as const;

/** Every secret string in a request, to be kept out of the answer's error. */
export function secretsOf(request: unknown): string[] {
  const message = request as Partial<Record<(typeof structGetters)[number], () => structProto.Struct | undefined>>;
  return structGetters.flatMap((getter) => {
    const struct = message[getter]?.();
    return struct ? secretStrings(fromStruct(struct)) : [];
  });
}
