/**
 * A text for a screen or a log without the credentials that stand in it: the login of a URL or of `login@host`, the query of a URL, and
 * what follows Bearer or Basic.
 */
export function withoutCredentials(text: string): string {
  return (
    text
      // Greedy, since a password may hold what would end a host. An image's digest is no login.
      .replace(/\/\/[^\s"]*@(?!sha256:)/g, "//***@")
      .replace(/(?<![\w/*@.-])[^\s"/*@]+:(?!\/\/)[^\s"]*@(?!sha256:)/g, "***@")
      .replace(/(:\/\/[^\s"?]*\?)[^\s"]+/g, "$1***")
      .replace(/\b(Bearer|Basic)\s+[^\s"]+/gi, "$1 ***")
  );
}
