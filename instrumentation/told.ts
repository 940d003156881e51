import * as pulumi from "@pulumi/pulumi";

/** An error that Pulumi prints as it stands, wherever the SDK comes upon it. */
export function told(message: string): Error {
  // Of a RunError it prints the message. But once the program's own code has ended it prints the stack, whatever the error.
  const error = Object.assign(new pulumi.RunError(message), { stack: message });
  // The SDK puts the name of a property before the message, which has nothing to do with it here.
  return Object.defineProperty(error, "message", { get: () => message, set: () => {} });
}
