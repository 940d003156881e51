import { closest } from "../common/nearest.ts";
import { type Language, languages, type NamespaceInfo, type ObjectMeta, type Problem } from "./types.ts";

/** Prefix of the annotations that opt in. */
export const prefix = "instrumentation.opentelemetry.io/";
/** Prefix of the annotations that set resource attributes; read from the pod template only. */
export const resourcePrefix = "resource.opentelemetry.io/";
export const containerNamesKey = `${prefix}container-names`;
export const pythonPlatformKey = `${prefix}otel-python-platform`;
export const dotnetRuntimeKey = `${prefix}otel-dotnet-auto-runtime`;
/** Path of the executable that the Go agent traces; read from the pod template only. */
export const goTargetKey = `${prefix}otel-go-auto-target-exe`;

const injectKeys = new Map(languages.map((language) => [language, `${prefix}inject-${language}`]));
const listKeys = new Map(
  // The key of nginx has another shape upstream.
  languages.map((language) => [
    language,
    `${prefix}${language === "nginx" ? "inject-nginx" : language}-container-names`,
  ]),
);

/** Key of the annotation that opts in for one language. */
export function injectKey(language: Language): string {
  return injectKeys.get(language) as string;
}

/** Key of the annotation that lists the containers of one language. */
export function containerNamesKeyOf(language: Language): string {
  return listKeys.get(language) as string;
}

const known = new Set([
  ...injectKeys.values(),
  ...listKeys.values(),
  containerNamesKey,
  pythonPlatformKey,
  dotnetRuntimeKey,
  goTargetKey,
]);

/** Manifests may hold anything; what is no string is reported by `checkKeys` and counts as absent. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * Value of an annotation that counts for a pod, from the pod's and its namespace's.
 * The pod's decides, except that a bare "true" lets the namespace choose which Instrumentation, if it names one.
 */
export function effective(namespace: NamespaceInfo, pod: ObjectMeta, key: string): string {
  const own = textOf(pod.annotations?.[key]);
  const inherited = textOf(namespace.annotations?.[key]);
  if (inherited === "") return own;
  if (own === "") return inherited;
  if (own.toLowerCase() !== "true") return own;
  return inherited.toLowerCase() === "false" ? own : inherited;
}

/** What the value of an opt-in annotation asks for. */
export type Choice =
  | { readonly kind: "off" }
  | { readonly kind: "only" }
  | { readonly kind: "named"; readonly namespace: string; readonly name: string };

/** Reads the value of an opt-in annotation: "", "false", "true", "name" or "namespace/name". */
export function parseChoice(value: string, namespace: string): Choice {
  const lower = value.toLowerCase();
  if (lower === "" || lower === "false") return { kind: "off" };
  if (lower === "true") return { kind: "only" };
  const slash = value.indexOf("/");
  if (slash === -1) return { kind: "named", namespace, name: value };
  return { kind: "named", namespace: value.slice(0, slash), name: value.slice(slash + 1) };
}

/** The known annotation key that looks most like a mistyped one. */
export function nearestKey(key: string): string {
  if (key === `${prefix}nginx-container-names`) return containerNamesKeyOf("nginx");
  // A key may be of any length; a known one is short.
  const typed = key.slice(prefix.length, prefix.length + 64);
  const best = closest(
    typed,
    [...known].map((candidate) => candidate.slice(prefix.length)),
  );
  return best === undefined ? injectKey("sdk") : `${prefix}${best.candidate}`;
}

/**
 * Problems of the annotations of one object: keys nobody reads and values that are no strings.
 * @param where the object, as it is to be named in the message
 */
export function checkKeys(annotations: Readonly<Record<string, unknown>> | undefined, where: string): Problem[] {
  const problems: Problem[] = [];
  for (const key in annotations) {
    if (!key.startsWith(prefix) && !key.startsWith(resourcePrefix)) continue;
    const value = annotations[key];
    if (typeof value !== "string") {
      const meant = typeof value === "boolean" || typeof value === "number" ? String(value) : "true";
      problems.push({
        code: "annotation-not-a-string",
        message: `annotation ${key} of ${where} is ${JSON.stringify(value)}, which is no string; annotations are strings. Write: ${key}: "${meant}"`,
      });
    } else if (key.startsWith(prefix) && !known.has(key)) {
      const nearest = nearestKey(key);
      problems.push({
        code: "unknown-annotation",
        message: `annotation ${key} of ${where} means nothing; the nearest known one is ${nearest}. Languages: ${languages.join(", ")}. Write: ${nearest}: ${JSON.stringify(value)}`,
      });
    }
  }
  return problems;
}
