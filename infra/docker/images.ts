import type Docker from "dockerode";
import { within } from "../../receipt/within.ts";

/** How long a registry may take to say whether it has an image. */
const timeoutMs = 20_000;

/**
 * What is wrong with images that neither the engine nor their registry has, one sentence each: a provider would find out halfway.
 * One that a registry hides from who has not logged in is left to the provider, which may have the login.
 */
export async function imageProblems(docker: Docker, references: readonly string[]): Promise<string[]> {
  const reasons = await Promise.all(references.map((reference) => whyMissing(docker, reference)));
  return references.flatMap((reference, index) => {
    const why = reasons[index];
    return why === undefined ? [] : [missingImage(reference, why)];
  });
}

/** The sentence for an image that is not to be had. */
export function missingImage(reference: string, why: string): string {
  return `the engine has no image ${reference}, and it could not be pulled: ${why}. Write, where there is a network: docker pull ${reference}; or bring it as a file: docker load -i <file made by docker save>`;
}

async function whyMissing(docker: Docker, reference: string): Promise<string | undefined> {
  const image = docker.getImage(reference);
  try {
    await image.inspect();
    return undefined;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  try {
    await within(timeoutMs, image.distribution(), "no answer");
    return undefined;
  } catch (error) {
    if ([401, 403].includes(statusOf(error) ?? 0)) return undefined;
    return messageOf(error);
  }
}

const statusOf = (error: unknown) => (error as { statusCode?: number }).statusCode;

/** What the engine says, without what its client puts around it. */
function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: string }; message: string };
  return (json?.message ?? message).trim();
}
