/** Pairs of indexes of lines that two texts have in common, in order: a longest common subsequence. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) pairs.push([start, start++]);
  let [endA, endB] = [a.length, b.length];
  const tail: [number, number][] = [];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) tail.unshift([--endA, --endB]);
  const [rows, columns] = [endA - start, endB - start];
  // Past this size the middle counts as different, which only costs layout.
  if (rows * columns <= 4_000_000) {
    const width = columns + 1;
    const lengths = new Uint16Array((rows + 1) * width);
    for (let i = rows - 1; i >= 0; i--) {
      for (let j = columns - 1; j >= 0; j--) {
        lengths[i * width + j] =
          a[start + i] === b[start + j]
            ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
            : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
      }
    }
    for (let i = 0, j = 0; i < rows && j < columns; ) {
      if (a[start + i] === b[start + j]) pairs.push([start + i++, start + j++]);
      else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i++;
      else j++;
    }
  }
  return [...pairs, ...tail];
}

/**
 * Joins two changes of the same lines: what only `ours` changed is as in `ours`, and where `theirs` changed anything it is as in `theirs`.
 * @param key lines of `base` and `ours` with the same key count as alike
 */
export function mergeLines(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
  key: (line: string) => string,
): string[] {
  const inOurs = new Map(common(base.map(key), ours.map(key)));
  const inTheirs = new Map(common(base, theirs));
  const merged: string[] = [];
  let [b, o, t] = [0, 0, 0];
  const flush = (toB: number, toO: number, toT: number) => {
    const changed = toT - t !== toB - b || theirs.slice(t, toT).some((line, index) => line !== base[b + index]);
    merged.push(...(changed ? theirs.slice(t, toT) : ours.slice(o, toO)));
  };
  for (let line = 0; line < base.length; line++) {
    const [atOurs, atTheirs] = [inOurs.get(line), inTheirs.get(line)];
    if (atOurs === undefined || atTheirs === undefined) continue;
    flush(line, atOurs, atTheirs);
    merged.push(ours[atOurs] as string);
    [b, o, t] = [line + 1, atOurs + 1, atTheirs + 1];
  }
  flush(base.length, ours.length, theirs.length);
  return merged;
}
