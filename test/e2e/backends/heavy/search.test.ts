import { afterAll, describe, expect, it } from "vitest";
import { deploy, reach, removeServers } from "../deploy.ts";
import { searchDocuments } from "../read.ts";
import { elasticsearch, opensearch } from "../servers.ts";

afterAll(removeServers);

// The exporters' modules of the pinned Collector are not to be had here, so the documents are posted as they would post them.
describe.each([opensearch, elasticsearch])("$name", (server) => {
  it("gives back span documents by their trace id", async () => {
    await deploy(server);
    const { url, close } = await reach(server);
    try {
      expect(await searchDocuments(url, "traces-*", "*:*")).toEqual([]);
      const spans = ["a1", "a1", "b2"].map((traceId, index) => ({ traceId, name: `span ${index}` }));
      const lines = spans.flatMap((span) => [{ create: { _index: "traces-shop" } }, span]);
      const answer = await fetch(`${url}/_bulk`, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
      });
      expect(await answer.json()).toMatchObject({ errors: false });
      const found = await searchDocuments(url, "traces-*", "traceId:a1");
      expect(found.map(({ _source }) => _source["name"]).sort()).toEqual(["span 0", "span 1"]);
    } finally {
      await close();
    }
  });
});
