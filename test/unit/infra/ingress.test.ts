import { describe, expect, test } from "vitest";
import { parseSettings } from "../../../infra/settings/settings.ts";

const problemsOf = (ingress: object) => {
  try {
    parseSettings({ ingress: JSON.stringify({ host: "traces.example.com", ...ingress }) });
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
};

const proxied = { login: "oauth2-proxy", issuer: "https://login.example.com", secret: "s", tlsSecret: "t" };

describe("an ingress", () => {
  test.each([
    ["oauth2-proxy", proxied],
    [
      "a URL that the controller asks",
      { login: "auth-url", authUrl: "https://login.example.com/auth", tlsSecret: "t" },
    ],
    ["nobody, said in so many words", { login: "none", tlsSecret: "t" }],
    ["a Gateway", { ...proxied, tlsSecret: undefined, kind: "gateway", gateway: "gateways/public" }],
  ])("with a login by %s is sound", (_, ingress) => {
    expect(problemsOf(ingress)).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["no word about a login", { tlsSecret: "t" }, "throughline:ingress.login is not set"],
    ["no TLS", { login: "none" }, "throughline:ingress.tlsSecret is not set, but its kind is ingress"],
    ["no issuer", { ...proxied, issuer: undefined }, "ingress.issuer is not set, but its login is oauth2-proxy"],
    ["no Secret", { ...proxied, secret: undefined }, "ingress.secret is not set, but its login is oauth2-proxy"],
    ["no Gateway", { login: "none", kind: "gateway" }, "ingress.gateway is not set, but its kind is gateway"],
    [
      "a Gateway's name",
      { login: "none", tlsSecret: "t", gateway: "a/b" },
      "but it goes with gateway, not with ingress",
    ],
    [
      "another login's field",
      { login: "none", tlsSecret: "t", issuer: "https://a.b" },
      "it goes with oauth2-proxy, not with none",
    ],
    ["an annotation that is no text", { ...proxied, annotations: { a: 1 } }, "ingress.annotations has 1 as a"],
    [
      "a check that no HTTPRoute knows",
      { login: "auth-url", authUrl: "https://a.b", kind: "gateway", gateway: "a/b" },
      "ingress.login is auth-url, but an HTTPRoute",
    ],
  ])("with %s is one error", (_, ingress, expected) => {
    const problems = problemsOf(ingress);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
    expect(problems[0]).toMatch(/Write: pulumi config (set|rm) --path 'throughline:ingress\./);
  });
});
