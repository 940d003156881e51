import { delivery } from "./delivery.ts";
import { network } from "./network.ts";
import { processing } from "./processing.ts";
import { structure } from "./structure.ts";
import { values } from "./values.ts";
import type { Cases } from "./yaml.ts";

/** Cases beside the examples that the rules hold themselves; a rule without an entry fails the suite. */
export const cases: Readonly<Record<string, Cases>> = {
  ...structure,
  ...processing,
  ...delivery,
  ...network,
  ...values,
};
