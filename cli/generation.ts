/** What of a stack's state is read here, as `pulumi stack export` gives it. */
export interface StackState {
  readonly deployment?: {
    readonly resources?: readonly { readonly type: string; readonly inputs?: Readonly<Record<string, unknown>> }[];
  };
}

/** Components that take a generation. */
const certificateTypes = ["throughline:index:TierCertificates", "throughline:index:OperatorCertificates"];

/**
 * What is wrong with changing to a generation of certificates, given the one that a stack has now. Both ends of a connection trust the
 * generations beside their own, so while pods roll a step of one loses nothing, and a larger one cuts the tiers, or the operator and the API
 * server, apart.
 */
export function generationProblem(state: StackState, wanted: number): string | undefined {
  const found = state.deployment?.resources?.find(({ type }) => certificateTypes.includes(type));
  const now = found?.inputs?.["generation"];
  if (typeof now !== "number" || Math.abs(now - wanted) <= 1) return undefined;
  const next = now < wanted ? now + 1 : now - 1;
  return `throughline:tlsGeneration is ${wanted}, but the stack has generation ${now}, and pods of the two would refuse each other; allowed: one step at a time. Write: pulumi config set throughline:tlsGeneration ${next}`;
}
