import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import { instrument } from "../../../instrumentation/docker.ts";
import { checkEnd } from "../../../instrumentation/helper.ts";

/** Programs and arguments of the containers that were made. */
let commands: string[][];

beforeEach(async () => {
  commands = [];
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ name, inputs }) => {
      if (inputs["command"]) commands.push([...inputs["entrypoints"], ...inputs["command"]]);
      return { id: `${name}-id`, state: inputs };
    },
  });
});

const asks = (language: string) => [{ label: `instrumentation.opentelemetry.io/inject-${language}`, value: "true" }];
const mountsOf = (args: docker.ContainerArgs) =>
  new Promise((resolve) => {
    pulumi.output(args.mounts).apply(resolve);
  });

describe("a container on a Docker Engine", () => {
  test("mounts its agent once that is copied", async () => {
    const args = instrument({ name: "shop", image: "shop:1", labels: asks("nodejs") });
    expect(await mountsOf(args)).toEqual([
      expect.objectContaining({ source: expect.stringMatching(/^shop-agent-nodejs-\w{10}$/), readOnly: true }),
    ]);
  });

  test.each(["nodejs", "python"])(
    "has its agent for %s copied over what an interrupted copy has left",
    async (language) => {
      await mountsOf(instrument({ name: "shop", image: "shop:1", labels: asks(language) }));
      expect(commands).toEqual([["cp", "-rf", expect.any(String), expect.any(String)]]);
    },
  );

  test("does not start where that failed, and the error says what to write", () => {
    expect(() => checkEnd("till-agent", "urn:pulumi:dev::shop::Container::till", 1)).toThrow(
      "container till-agent ended with exit code 1. Read why: docker logs till-agent; then write: pulumi up --replace 'urn:pulumi:dev::shop::Container::till'",
    );
    expect(() => checkEnd("till-agent", "", 0)).not.toThrow();
  });

  test("that asks for nothing stays as it is, also without a name", () => {
    const args = { image: "db:1", labels: [{ label: "team", value: "a" }] };
    expect(instrument(args)).toBe(args);
    expect(instrument({ image: "db:1" })).toEqual({ image: "db:1" });
    expect(() => instrument({ image: "db:1", labels: asks("sdk") })).toThrow(/needs a name of its own/);
    expect(() => instrument({ name: "db", image: "db:1", labels: pulumi.output(asks("sdk")) })).toThrow(
      /labels of a container that is to be instrumented have to be plain/,
    );
  });
});
