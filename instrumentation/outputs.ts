import * as pulumi from "@pulumi/pulumi";
import type { LateValues } from "./resource.ts";

/** A value that Pulumi knows late or keeps secret; a token stands for it in plain text. */
interface Leaf {
  readonly output: pulumi.Output<unknown>;
  /** Its text, where it is known now. */
  readonly text: string | undefined;
  readonly secret: boolean;
}

/** What an Output tells about itself; the SDK declares these as internal. */
interface OutputState {
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
  promise(withUnknowns?: boolean): Promise<unknown>;
}

// NUL cannot stand in any field of a Kubernetes object, so a user's text is not taken for a token.
const mark = "\0";
const token = new RegExp(`${mark}(\\d+)${mark}`, "g");
const wholeToken = new RegExp(`^${mark}(\\d+)${mark}$`);

// Inside a secret object these stay plain: they name things, and the cluster shows them.
const plainKeys = new Set(["name", "namespace"]);

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const unknownLeaf = (): pulumi.Output<unknown> => pulumi.output(pulumi.unknown as unknown);

/**
 * Turns resource properties into plain data with tokens, and back.
 *
 * An Output's text stays an Output: it comes back in its place, secret if it was, and text built around it becomes an Output too.
 */
export class Lifter {
  readonly #leaves: Leaf[] = [];

  #token(leaf: Leaf): string {
    this.#leaves.push(leaf);
    return `${mark}${this.#leaves.length - 1}${mark}`;
  }

  #leaf(index: string | undefined): Leaf {
    return this.#leaves[Number(index)] as Leaf;
  }

  /**
   * Plain data for a property value.
   * @param secret whether the value lies inside a secret; names stay plain there, all other values become secret tokens
   */
  async lift(value: unknown, secret = false, key = ""): Promise<unknown> {
    if (pulumi.Output.isInstance(value)) return this.#liftOutput(value, secret, key);
    if (value instanceof Promise) return this.lift(await value, secret, key);
    if (pulumi.isUnknown(value)) {
      const output = unknownLeaf();
      return this.#token({ output: secret ? pulumi.secret(output) : output, text: undefined, secret });
    }
    if (pulumi.runtime.isRpcSecret(value)) return this.lift(pulumi.runtime.unwrapRpcSecret(value), true, key);
    if (Array.isArray(value)) return Promise.all(value.map((one) => this.lift(one, secret)));
    if (typeof value === "object" && value !== null) {
      if (!isPlain(value)) return value;
      const keys = Object.keys(value);
      const values = await Promise.all(
        keys.map((one) => this.lift((value as Record<string, unknown>)[one], secret, one)),
      );
      return Object.fromEntries(keys.map((one, index) => [one, values[index]]));
    }
    if (typeof value === "string" && value.includes(mark)) {
      return this.#token({ output: secret ? pulumi.secret(value) : pulumi.output(value), text: value, secret });
    }
    if (!secret || plainKeys.has(key) || value === undefined || value === null) return value;
    return this.#token({ output: pulumi.secret(value), text: String(value), secret: true });
  }

  async #liftOutput(output: pulumi.Output<unknown>, secret: boolean, key: string): Promise<unknown> {
    const state = output as unknown as OutputState;
    const isSecret = secret || (await state.isSecret);
    if (!(await state.isKnown))
      return this.#token({ output: secret ? pulumi.secret(output) : output, text: undefined, secret: isSecret });
    const value = await state.promise(true);
    if (typeof value === "object" && value !== null) return this.lift(value, isSecret, key);
    if (value === undefined || value === null) return value;
    return this.#token({ output: secret ? pulumi.secret(output) : output, text: String(value), secret: isSecret });
  }

  /** The plain text of a value that has to be known to decide; undefined when it is not known now. */
  known(value: unknown, secretToo = false): string | undefined {
    if (typeof value !== "string") return undefined;
    let known = true;
    const text = value.replace(token, (_match, index: string) => {
      const leaf = this.#leaf(index);
      if (leaf.text === undefined || (leaf.secret && !secretToo)) known = false;
      return leaf.text ?? "";
    });
    return known ? text : undefined;
  }

  /** Whether a value is, or contains, a token. */
  isLate(value: unknown): boolean {
    return typeof value === "string" && value.includes(mark);
  }

  /** Puts Outputs back in the place of their tokens. */
  restore(value: unknown): unknown {
    if (typeof value === "string") return this.#restoreText(value);
    if (Array.isArray(value)) return value.map((one) => this.restore(one));
    if (typeof value !== "object" || value === null || !isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.restore(one)]));
  }

  #restoreText(text: string): unknown {
    const whole = wholeToken.exec(text);
    if (whole !== null) return this.#leaf(whole[1]).output;
    if (!this.isLate(text)) return text;
    // Splitting by a pattern with one group gives text and token numbers in turn.
    const parts = text.split(token).map((part, index) => (index % 2 === 0 ? part : this.#leaf(part).output));
    return pulumi.concat(...(parts as pulumi.Input<string>[]));
  }

  /** How injection sees behind tokens. */
  readonly late: LateValues = {
    reveal: (text) => text.replace(token, (match, index: string) => this.#leaf(index).text ?? match),
    derive: (text, make) => {
      if (!this.isLate(text)) return make(text);
      const known = this.known(text, true);
      if (known !== undefined && make(known) === undefined) return undefined;
      const whole: pulumi.Output<unknown> = pulumi.output(this.#restoreText(text));
      const output = whole.apply((value) => make(String(value)) ?? "");
      const secret = [...text.matchAll(token)].some(([, index]) => this.#leaf(index).secret);
      return this.#token({ output, text: known === undefined ? undefined : make(known), secret });
    },
  };
}
