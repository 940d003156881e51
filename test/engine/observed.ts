import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeProject, type Project } from "./project.ts";

/** A call to the provider, as it came over the wire. */
export interface Call {
  readonly call: "check" | "create" | "delete";
  readonly urn: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of what it made.
  readonly inputs: any;
}

/** A project whose Kubernetes provider makes nothing, and writes down what it is shown. */
export interface Observed extends Project {
  /** What the provider was shown since `forget`, or ever. */
  calls(): Call[];
  forget(): void;
}

/** Makes such a project with one stack, as makeProject does. */
export async function makeObserved(program = ""): Promise<Observed> {
  const observer = fileURLToPath(new URL("testdata/observer", import.meta.url));
  const plugins = `plugins: {providers: [{name: kubernetes, path: ${JSON.stringify(observer)}}]}\n`;
  const project = await makeProject(program, plugins);
  const record = join(project.stateDir, "record");
  project.env["RECORD"] = record;
  const forget = () => writeFileSync(record, "");
  forget();
  const calls = () =>
    readFileSync(record, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Call => JSON.parse(line));
  return { ...project, calls, forget };
}

/** What a resource of a call is called in the program. */
export function nameOf({ urn }: Call): string {
  return urn.split("::").at(-1) ?? "";
}
