import type { EnvVar } from "./types.ts";

/** Position of a variable in a list by name, or -1. */
export function indexOfEnv(env: readonly EnvVar[], name: string): number {
  for (let index = 0; index < env.length; index++) if (env[index]?.name === name) return index;
  return -1;
}

/** The literal value of a variable; empty when it has none (as with `valueFrom`). */
export function literal(variable: EnvVar | undefined): string {
  return typeof variable?.value === "string" ? variable.value : "";
}

/** Whether a variable takes its value from elsewhere (`valueFrom`), so that its text cannot be extended. */
export function isFromElsewhere(variable: EnvVar | undefined): boolean {
  return variable?.valueFrom !== undefined && variable.valueFrom !== null;
}

/** Adds a variable at the end unless one of that name is there. */
export function appendIfAbsent(env: EnvVar[], name: string, value: string): void {
  if (indexOfEnv(env, name) === -1) env.push({ name, value });
}

/** Adds each variable at the end unless one of its name is there already. */
export function appendAllIfAbsent(env: EnvVar[], added: readonly EnvVar[]): void {
  for (const variable of added) if (indexOfEnv(env, variable.name) === -1) env.push(variable);
}

/** Gives a variable a new literal value in its place, or adds it at the end. The new value is made from the old one, if there is one. */
export function setFromOld(env: EnvVar[], name: string, make: (old: string | undefined) => string): void {
  const index = indexOfEnv(env, name);
  if (index === -1) env.push({ name, value: make(undefined) });
  else env[index] = { ...(env[index] as EnvVar), value: make(literal(env[index])) };
}

/** A variable that the kubelet fills from a field of the pod. */
export function fromField(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** Moves the first variable of that name to the end, because `$(NAME)` only sees variables that stand before it. */
export function moveToEnd(env: EnvVar[], name: string): void {
  const index = indexOfEnv(env, name);
  if (index === -1 || index === env.length - 1) return;
  const [moved] = env.splice(index, 1);
  env.push(moved as EnvVar);
}
