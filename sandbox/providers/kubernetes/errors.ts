/** Something the user has to know; its message is all that is shown. */
export class ProviderError extends Error {}

/** The cluster cannot be reached, or not in the way the kubeconfig says. */
export class UnreachableError extends ProviderError {}

/** The API server refused a request. */
export class ApiError extends ProviderError {
  readonly status: number;
  readonly reason: string;
  /** The server's `details` object: which kind and name it speaks of. */
  readonly details: { kind?: string; name?: string };

  constructor(status: number, body: { message?: string; reason?: string; details?: { kind?: string; name?: string } }) {
    super(body.message || `the API server answered ${status}`);
    this.status = status;
    this.reason = body.reason ?? "";
    this.details = body.details ?? {};
  }
}

/** The object exists, but did not become ready: the engine keeps its state and tries again next time. */
export class NotReadyError extends ProviderError {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.reasons = reasons;
  }
}

/** The user ended the update. */
export class CanceledError extends ProviderError {
  constructor(message = "the update was canceled") {
    super(message);
  }
}

/**
 * Takes secret values out of a text before it is shown or logged.
 * Very short ones stay: hiding every "1" would say more than it hides.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
}
