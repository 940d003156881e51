import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Settings } from "./config.ts";
import { ProviderError } from "./errors.ts";
import { annotation, describe, targetOf } from "./kinds.ts";
import { at, type Props } from "./values.ts";

/**
 * The field manager of one resource: its URN and its state backend, hashed. An object that carries it was made by this very resource,
 * so a create that was cut off (Ctrl-C, a killed process) before the state was written can be picked up, while an object of
 * another stack, another checkout or another tool is left alone. For a local backend the host counts too.
 * @param backend the backend's URL, as PULUMI_BACKEND_URL says
 */
export function fieldManager(urn: string, backend: string = process.env["PULUMI_BACKEND_URL"] ?? ""): string {
  const place = backend.startsWith("file:") ? `${hostname()} ${backend}` : backend;
  return `pulumi-kubernetes-${createHash("sha256").update(`${place}\n${urn}`).digest("hex").slice(0, 16)}`;
}

/** Whether the field manager has applied this object. */
export function isManagedBy(live: Props, manager: string): boolean {
  const entries = at(live, ["metadata", "managedFields"]);
  return (
    Array.isArray(entries) &&
    entries.some((entry) => at(entry, ["manager"]) === manager && at(entry, ["operation"]) === "Apply")
  );
}

/** Whether conflicts with other field managers are to be won. */
export function isForced(object: Props, settings: Settings): boolean {
  const asked = annotation(object, "pulumi.com/patchForce");
  return asked === undefined ? settings.enablePatchForce : asked === "true";
}

/**
 * Decides whether a create may take over an object that exists already: its own from an interrupted run, or any when the program says so.
 * @throws ProviderError otherwise, as the official provider does
 */
export function checkMayAdopt(live: Props, object: Props, manager: string, settings: Settings): void {
  if (isManagedBy(live, manager) || settings.upsertExistingObjects || isForced(object, settings)) return;
  throw new ProviderError(
    `${describe(targetOf(live))} already exists and was not made by this stack. Choose another name, take it over with ` +
      `\`pulumi import\`, or set the annotation pulumi.com/patchForce: "true" to have this stack manage it.`,
  );
}
