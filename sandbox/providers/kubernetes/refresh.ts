import { apply } from "./apply.ts";
import type { Cluster, Operation } from "./cluster.ts";
import { at, equal, isProps, type Props, type Value } from "./values.ts";

// What the server keeps about an object, which no program sets.
const serverMetadata = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
  "selfLink",
  "deletionTimestamp",
];

/** The inputs that would make this object, for `pulumi import`. */
export function inputsOf(live: Props): Props {
  const { status: _status, metadata, ...rest } = live;
  const kept = isProps(metadata) ? Object.entries(metadata).filter(([key]) => !serverMetadata.includes(key)) : [];
  return { ...rest, metadata: Object.fromEntries(kept) };
}

/**
 * The inputs with what somebody else changed on the cluster since, so that the next update sees and undoes it.
 * A dry run of the same inputs tells changes from mere spelling (the server writes "1000m" as "1").
 */
export async function driftedInputs(
  cluster: Cluster,
  inputs: Props,
  live: Props,
  manager: string,
  operation: Operation,
): Promise<Props> {
  const forced = { ...cluster, settings: { ...cluster.settings, enablePatchForce: true } };
  try {
    const wanted = await apply(forced, inputs, manager, { ...operation, warn: () => {} }, true);
    return drift(inputs, wanted, live) as Props;
  } catch {
    // The server may refuse the mixture of ours and theirs: then the plain values are compared.
    return drift(inputs, inputs, live) as Props;
  }
}

/** `inputs`, with the live value wherever the server would have to change it back. */
export function drift(inputs: Value, wanted: Value | undefined, live: Value | undefined): Value {
  if (wanted === undefined || equal(wanted, live)) return inputs;
  if (isProps(inputs) && isProps(wanted) && isProps(live)) {
    const merged = Object.entries(inputs).flatMap(([key, value]) => {
      if (key === "stringData") return [[key, driftedText(value, at(wanted, ["data"]), at(live, ["data"]))]];
      if (at(live, [key]) === undefined && at(wanted, [key]) !== undefined) return [];
      return [[key, drift(value, at(wanted, [key]), at(live, [key]))]];
    });
    return Object.fromEntries(merged);
  }
  if (
    Array.isArray(inputs) &&
    Array.isArray(wanted) &&
    Array.isArray(live) &&
    wanted.length === live.length &&
    inputs.length === live.length
  ) {
    return inputs.map((item, i) => drift(item, wanted[i], live[i]));
  }
  return live ?? inputs;
}

/** A Secret's stringData is only readable as base64 in its data. */
function driftedText(text: Value, wanted: Value | undefined, live: Value | undefined): Value {
  if (!isProps(text)) return text;
  const entries = Object.entries(text).map(([key, value]) => {
    const [want, have] = [at(wanted, [key]), at(live, [key])];
    return [key, want !== have && typeof have === "string" ? Buffer.from(have, "base64").toString("utf8") : value];
  });
  return Object.fromEntries(entries);
}
