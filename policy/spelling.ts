/** The one candidate that was surely meant: a letter left out, added or changed, or two neighbours swapped. Undefined where the word itself is one, or is short. */
export function slip(written: string, candidates: readonly string[]): string | undefined {
  if (written.length < 3 || candidates.includes(written)) return undefined;
  const near = candidates.filter((candidate) => isSlip(written, candidate));
  return near.length === 1 ? near[0] : undefined;
}

/** Whether one word is the other but for a slip of the pen. Two that differ by a digit are two names. */
export function isSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (/\d/.test(left + right)) return false;
  return left.length <= 1 && right.length <= 1 ? true : left.length === 2 && right === `${left[1]}${left[0]}`;
}
