import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../common/errors.ts";
import { program } from "./program.ts";

/** The entry point of the plain Pulumi CLI, which calls a module's only default export. */
export default async function main() {
  try {
    return await program();
  } catch (error) {
    // Pulumi prints the message of a RunError and no stack trace.
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
}
