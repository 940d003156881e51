import { at, isProps, type Props, type Value } from "./values.ts";

/** One parsed condition of the annotation `pulumi.com/waitFor`. */
export type WaitFor =
  | { readonly type: "condition"; readonly name: string; readonly status: string; readonly text: string }
  | { readonly type: "jsonpath"; readonly steps: readonly Step[]; readonly value?: string; readonly text: string };

type Step =
  | { readonly key: string | number }
  | { readonly every: true }
  | { readonly where: readonly string[]; readonly is: string };

/**
 * Parses the annotation: `jsonpath=EXPRESSION[=VALUE]`, `condition=NAME[=STATUS]`, or a JSON list of such; all of a list must hold.
 * Expressions are those of `kubectl wait`: fields, `['field']`, `[0]`, `[*]` and `[?(@.field=="value")]`, with or without braces.
 * @throws Error that says what is wrong with the text
 */
export function parseWaitFor(annotation: string): WaitFor[] {
  if (!annotation.trimStart().startsWith("[")) return [parseOne(annotation)];
  let list: unknown;
  try {
    list = JSON.parse(annotation);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === "string")) {
    throw new Error(
      `pulumi.com/waitFor: got ${annotation}; a list must be JSON with one or more strings, e.g. ["condition=Ready"]`,
    );
  }
  return list.map(parseOne);
}

function parseOne(text: string): WaitFor {
  if (text.startsWith("condition=")) {
    const [name = "", status = "True"] = text.slice("condition=".length).split("=");
    if (name) return { type: "condition", name, status, text };
  }
  if (text.startsWith("jsonpath=")) return parseJsonPath(text);
  throw new Error(
    `pulumi.com/waitFor: got "${text}"; write condition=NAME, condition=NAME=STATUS or jsonpath={.field}=VALUE`,
  );
}

function parseJsonPath(text: string): WaitFor {
  const source = text.slice("jsonpath=".length);
  const braced = /^\{(.*?)\}(?:=(.*))?$/s.exec(source) ?? /^([^=[]*(?:\[[^\]]*\][^=[]*)*)(?:=(.*))?$/s.exec(source);
  const steps = parseSteps(braced?.[1] ?? "", text);
  const value = braced?.[2];
  if (value === "") throw new Error(`pulumi.com/waitFor: got "${text}"; the value behind = is missing`);
  return {
    type: "jsonpath",
    steps,
    text,
    ...(value === undefined ? {} : { value: value.replace(/^(["'])(.*)\1$/s, "$2") }),
  };
}

const tokens =
  /\.((?:[^.[\]\\]|\\.)+)|\[(\d+)\]|\.?\[(\*)\]|\[(?:'([^']*)'|"([^"]*)")\]|\[\?\(@((?:\.[\w-]+)+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/y;

function parseSteps(expression: string, text: string): Step[] {
  const source = expression.replace(/^\$/, "").replace(/^(?=[^.[])/, ".");
  const steps: Step[] = [];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < source.length) {
    const found = tokens.exec(source);
    if (!found) break;
    const [, field, index, star, single, double, where, a, b] = found;
    if (field === "*" || star) steps.push({ every: true });
    else if (field !== undefined) steps.push({ key: field.replace(/\\(.)/g, "$1") });
    else if (index !== undefined) steps.push({ key: Number(index) });
    else if (where !== undefined) steps.push({ where: where.slice(1).split("."), is: a ?? b ?? "" });
    else steps.push({ key: single ?? double ?? "" });
    if (tokens.lastIndex === source.length) return steps;
  }
  throw new Error(`pulumi.com/waitFor: cannot read the path in "${text}"; write e.g. jsonpath={.status.phase}=Running`);
}

/** Whether a live object meets a condition; otherwise what is still missing. */
export function judgeWaitFor(object: Props, wait: WaitFor): { ready: boolean; message: string } {
  if (wait.type === "condition") {
    const conditions = at(object, ["status", "conditions"]);
    const found = (Array.isArray(conditions) ? conditions : []).find((one) => at(one, ["type"]) === wait.name);
    const status = at(found, ["status"]);
    const ready = String(status).toLowerCase() === wait.status.toLowerCase();
    const why = at(found, ["message"]) ?? at(found, ["reason"]);
    return {
      ready,
      message: `condition ${wait.name} is ${String(status ?? "not there yet")}, waiting for ${wait.status}${why ? `: ${String(why)}` : ""}`,
    };
  }
  const values = wait.steps.reduce<Value[]>((found, step) => found.flatMap((value) => follow(value, step)), [object]);
  const filled = values.filter(
    (value) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  // Of several values all must hold: a webhook configuration is ready when each of its webhooks is.
  const ready =
    wait.value === undefined
      ? filled.length > 0 && filled.length === values.length
      : values.length > 0 && values.every((value) => textOf(value) === wait.value);
  const seen = values.length ? values.map(textOf).join(", ").slice(0, 200) : "nothing there yet";
  return { ready, message: `${wait.text}: ${seen}` };
}

const textOf = (value: Value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

function follow(value: Value, step: Step): Value[] {
  if ("key" in step) {
    const child = at(value, [step.key]);
    return child === undefined ? [] : [child];
  }
  const children = Array.isArray(value) ? value : isProps(value) ? Object.values(value) : [];
  if ("every" in step) return children;
  return children.filter((child) => String(at(child, step.where)) === step.is);
}
