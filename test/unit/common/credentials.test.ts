import { expect, test } from "vitest";
import { maskedIn, withoutCredentials } from "../../../common/credentials.ts";

test.each([
  ["https://user:pw@host:9200/path", "https://***@host:9200/path"],
  ["https://token@host", "https://***@host"],
  ["https://user:p/w?x@y@host", "https://***@host"],
  ['["http://user:p" w@host"]', '["http://***@host"]'],
  ["user:pw@kafka:9092", "***@kafka:9092"],
  ["https://host/path?api_key=abc&x=1", "https://host/path?***"],
  ["Bearer abc def", "Bearer ***"],
])("%s is told as %s", (text, told) => expect(withoutCredentials(text)).toBe(told));

test.each([
  "https://host:9200/a/b",
  "otel/opentelemetry-collector-contrib:0.159.0@sha256:abc",
  "docker.io/a/b@sha256:abc",
  "kafka:9092,other:9092",
  "the name of a Secret",
  "${env:TOKEN}",
])("%s stays", (text) => expect(withoutCredentials(text)).toBe(text));

test("a sentence keeps its words but not the secrets in it", () => {
  expect(maskedIn("is https://user:pw@host:1, and b is not")).toBe("is https://***@host:1, and b is not");
  expect(maskedIn('is "a\\"b c", see https://host/x?key=abc and Bearer abc', ['a"b c'])).toBe(
    'is "***", see https://host/x?*** and Bearer ***',
  );
});
