/**
 * A value for a screen or a log without the credentials in it: the login of a URL or of `login@host`, the query of a URL, and what follows
 * Bearer or Basic. Greedy, since a password may hold whatever ends a host.
 */
export function withoutCredentials(value: string): string {
  return (
    value
      // An image's digest is no login.
      .replace(/^(.*?:\/\/)?.*@(?!sha256:)/s, (_, scheme: string | undefined) => `${scheme ?? ""}***@`)
      .replace(/(:\/\/[^?]*\?).+/s, "$1***")
      .replace(/\b(Bearer|Basic)\s.+/is, "$1 ***")
  );
}

/**
 * A sentence without the credentials of the URLs in it, and without values that are known to be secret.
 * @param secrets Values that it may repeat. Default: none are known.
 */
export function maskedIn(sentence: string, secrets: readonly string[] = []): string {
  return secrets
    .flatMap((secret) => [JSON.stringify(secret).slice(1, -1), secret])
    .filter((secret) => secret !== "")
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, "***"), sentence)
    .replace(/\/\/[^\n]*@(?!sha256:)/g, "//***@")
    .replace(/(:\/\/[^\s"?]*\?)[^\s"]+/g, "$1***")
    .replace(/\b(Bearer|Basic)\s+[^\s"]+/gi, "$1 ***");
}
