import { indexOfEnv } from "../env.ts";
import { attributesEnv } from "../resource.ts";
import { nodeNameEnv, podNameEnv, podUidEnv } from "../sdk-env.ts";
import type { EnvVar } from "../types.ts";

// The operator gives the clone of a web server's container the container's own list of variables, not a copy. Until that list outgrows its
// memory, what is done to the container shows in the clone. Where another language was injected before, this changes the result, so the
// growth of lists in Go is followed here: a full list gets twice the room, rounded up to a size class of the allocator.

const variableBytes = 40;
/** Sizes the allocator hands out, in bytes; larger than any list of variables needs to be told apart. */
const sizeClasses = [
  48, 80, 128, 160, 208, 240, 288, 320, 384, 416, 448, 480, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792,
  2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288,
  13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];
/** Larger pieces of memory carry a header. */
const headerBytes = (bytes: number) => (bytes > 512 ? 8 : 0);

function rounded(variables: number): number {
  const bytes = variables * variableBytes;
  const header = headerBytes(bytes);
  const room = sizeClasses.find((size) => size >= bytes + header) ?? bytes + header;
  return Math.floor((room - header) / variableBytes);
}

/**
 * How many variables fit into the memory of a list that was grown one by one.
 * @param made its length when it was last made anew; 0 when it is as it was read
 */
function room(length: number, made: number): number {
  let fits = made === 0 ? 0 : rounded(made);
  while (fits < length) fits = rounded(Math.max(1, 2 * fits));
  return fits;
}

/**
 * The clone's variables after those of its container were completed.
 * @param cloned the variables at the time of cloning
 * @param env the container's variables now
 * @param made the length of the container's list when it was last made anew, before cloning; 0 when it is as it was read
 */
export function cloneVariables(cloned: readonly EnvVar[], env: readonly EnvVar[], made: number): readonly EnvVar[] {
  const index = indexOfEnv(cloned, attributesEnv);
  const attributes = env.at(-1);
  if (index === -1 || attributes?.name !== attributesEnv) return cloned;
  const fits = room(cloned.length, made);
  // Attributes are completed after the names of pod and node are there, and moved to the end when all is.
  const names = env.findLastIndex(({ name }) => name === podNameEnv || name === podUidEnv || name === nodeNameEnv);
  if (names + 2 > fits) return cloned;
  if (env.length > fits) return cloned.with(index, attributes);
  return env.slice(0, cloned.length);
}
