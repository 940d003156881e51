/**
 * CPU seconds that `run` takes, the least of three times: the wall clock of a busy machine tells nothing, and a collection of the
 * garbage of other tests may count in.
 */
export function cpuSeconds(run: () => unknown): number {
  const taken = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return Math.min(...taken);
}
