import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { serve } from "../receipt/http.ts";

const program = fileURLToPath(new URL("../../../examples/quotes/server.js", import.meta.url));

/** Runs the service, asks it once, and ends it by SIGTERM. */
async function askOnce(variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: "0", ...variables },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const answer = await fetch(`http://127.0.0.1:${/port (\d+)$/.exec(line)?.[1]}/`);
    const body = (await answer.json()) as Record<string, unknown>;
    child.kill("SIGTERM");
    const [code] = await ended;
    return { status: answer.status, body, code };
  } finally {
    child.kill("SIGKILL");
  }
}

const quote = { text: expect.any(String), author: expect.any(String) };

test("answers with a quote and ends on SIGTERM", async () => {
  expect(await askOnce()).toEqual({ status: 200, body: quote, code: 0 });
});

test("has the quote's text rated where it is told whom to ask", async () => {
  const asked: (string | null)[] = [];
  const ratings = await serve((request, response) => {
    asked.push(new URL(request.url ?? "", "http://ratings").searchParams.get("text"));
    response.end('{"stars": 4}');
  });
  const { body, code } = await askOnce({ RATINGS_URL: ratings.url });
  await ratings.close();
  expect({ body, code }).toEqual({ body: { ...quote, rating: { stars: 4 } }, code: 0 });
  expect(asked).toEqual([body["text"]]);
});

test("answers without a rating when none is to be had", async () => {
  const gone = await serve(() => {});
  await gone.close();
  expect(await askOnce({ RATINGS_URL: gone.url })).toEqual({ status: 200, body: quote, code: 0 });
});
