// The grammar of image references (OCI distribution): [host[:port]/]path[:tag][@digest].
const component = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
const hostPart = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const host = `(?:${hostPart}(?:\\.${hostPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const reference = new RegExp(
  `^(?:${host}/)?(${component}(?:/${component})*)(?::([a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}))?(?:@([a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,}))?$`,
);
const digestForms = [/^sha256:[a-f0-9]{64}$/, /^sha384:[a-f0-9]{96}$/, /^sha512:[a-f0-9]{128}$/];
const longestReference = 1024;

/**
 * The `service.version` an image reference gives: its tag, its digest, or `tag@digest`.
 * @returns undefined when there is neither, or the reference is malformed
 */
export function versionOfImage(image: string | undefined): string | undefined {
  if (typeof image !== "string" || image.length > longestReference) return undefined;
  const match = reference.exec(image);
  if (match === null) return undefined;
  const [, path = "", tag, digest] = match;
  if (path.length > 255) return undefined;
  if (digest === undefined) return tag;
  if (!digestForms.some((form) => form.test(digest))) return undefined;
  return tag === undefined ? digest : `${tag}@${digest}`;
}
