import fc from "fast-check";
import { expect, test } from "vitest";
import { isBrokers, isHosts, isPage, isUrl } from "../../../infra/settings/addresses.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";
import { problemsOf } from "./settings-problems.ts";

const digits = fc.constantFrom("", ":", ":0", ":1", ":443", ":65535", ":65536", ":99999", ":b");
const host = fc.oneof(
  fc.constantFrom("os", "os.data.svc", "10.0.0.1", "[::1]", "[::", "[", "a:b", "", "-", ".", "1.2.3.4.5", "xn--"),
  fc.stringMatching(/^[\w.[\]:-]{1,12}$/),
);
const path = fc.constantFrom("", "/", "/api/v2/spans");
const urls = fc
  .tuple(fc.constantFrom("http", "https"), host, digits, path)
  .map(([scheme, name, port, rest]) => `${scheme}://${name}${port}${rest}`);

test("whatever is taken for a URL has a host and a port that can be connected to", () => {
  fc.assert(
    fc.property(urls, (url) => {
      if (!isUrl(url) && !isPage(url)) return;
      const { hostname, port } = new URL(url);
      expect(hostname).not.toBe("");
      expect(port === "" || Number(port) > 0).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("an accepted endpoint, of a backend or of Jaeger's storage, makes a whole topology", () => {
  fc.assert(
    fc.property(urls, (endpoint) => {
      const backend = JSON.stringify({ endpoint });
      const raw = { otlp: backend, zipkin: backend, storage: JSON.stringify({ kind: "opensearch", endpoint }) };
      if (problemsOf(raw).length === 0) planTopology(parseSettings(raw));
    }),
  );
});

test.each([
  ["a:9092", true, true],
  ["a:9092,b.data.svc:65535", true, true],
  ["a", false, true],
  ["a:9042,b", false, true],
  ["a:99999", false, false],
  ["a:9092,b:0", false, false],
  ["a:9092,", false, false],
  ["", false, false],
])("%s: brokers %s, hosts %s", (value, brokers, hosts) => {
  expect([isBrokers(value), isHosts(value)]).toEqual([brokers, hosts]);
});

test.each([
  [
    { storage: '{"kind":"opensearch","endpoint":"http://os:99999"}' },
    'throughline:storage.endpoint is "http://os:99999"',
  ],
  [{ storage: '{"kind":"opensearch","endpoint":"http://[::"}' }, 'throughline:storage.endpoint is "http://[::"'],
  [{ storage: '{"kind":"cassandra","endpoint":"a.b:70000"}' }, 'throughline:storage.endpoint is "a.b:70000"'],
  [{ otlp: '{"endpoint":"http://a:99999"}' }, 'throughline:otlp.endpoint is "http://a:99999"'],
  [{ zipkin: '{"endpoint":"http://a:b:c"}' }, 'throughline:zipkin.endpoint is "http://a:b:c"'],
  [{ elasticsearch: '{"endpoint":"http://:80"}' }, 'throughline:elasticsearch.endpoint is "http://:80"'],
  [{ kafka: '{"brokers":"a:99999"}' }, 'throughline:kafka.brokers is "a:99999"'],
  [
    { ingress: '{"host":"a.b","login":"oauth2-proxy","tlsSecret":"t","secret":"s","issuer":"https://["}' },
    'throughline:ingress.issuer is "https://["',
  ],
])("%j is one sentence", (raw, beginning) => {
  const problems = problemsOf(raw as Record<string, string>);
  expect(problems[0]).toMatch(/; allowed: .* Write: pulumi config set --path /);
  expect(problems[0]?.startsWith(beginning)).toBe(true);
});
