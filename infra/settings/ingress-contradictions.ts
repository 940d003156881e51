import { type IngressSetting, ingressFields } from "./ingress-settings.ts";
import type { Settings } from "./settings.ts";

const set = (name: string, value: string) => `Write: pulumi config set --path 'throughline:ingress.${name}' ${value}`;

/** Settings of the ingress that do not go together, one sentence each, which ends with the line to write. */
export function ingressProblems({ ingress }: Settings): string[] {
  if (ingress === undefined) return [];
  const { kind, login, host } = ingress;
  const needed: [keyof IngressSetting, boolean, string, string][] = [
    ["gateway", kind === "gateway", "kind is gateway", "gateways/public"],
    ["tlsSecret", kind === "ingress", "kind is ingress, and traces and logins don't go in plain text", "traces-tls"],
    ["issuer", login === "oauth2-proxy", "login is oauth2-proxy", "https://login.example.com/realms/team"],
    ["secret", login === "oauth2-proxy", "login is oauth2-proxy", "jaeger-login"],
    ["authUrl", login === "auth-url", "login is auth-url", "https://login.example.com/oauth2/auth"],
  ];
  const problems = needed
    .filter(([name, wanted]) => wanted && ingress[name] === undefined)
    .map(([name, , why, example]) => `throughline:ingress.${name} is not set, but its ${why}. ${set(name, example)}`);
  for (const [owner, fields] of Object.entries(ingressFields)) {
    if (owner === kind || owner === login) continue;
    for (const field of fields) {
      const value = ingress[field];
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      problems.push(
        `throughline:ingress.${field} is ${JSON.stringify(value)}, but it goes with ${owner}, not with ${Object.hasOwn(ingressFields, kind) && ["ingress", "gateway"].includes(owner) ? kind : login}. Write: pulumi config rm --path 'throughline:ingress.${field}'`,
      );
    }
  }
  if (kind === "gateway" && login === "auth-url") {
    problems.push(
      `throughline:ingress.login is auth-url, but an HTTPRoute of the Gateway API knows no such check; allowed: oauth2-proxy, none. ${set("login", "oauth2-proxy")}`,
    );
  }
  const texts = Object.entries(ingress.annotations ?? {}).filter(([, value]) => typeof value !== "string");
  for (const [name, value] of texts) {
    problems.push(
      `throughline:ingress.annotations has ${JSON.stringify(value)} as ${name} of ${host}; allowed: texts. ${set(`annotations["${name}"]`, "TEXT")}`,
    );
  }
  return problems;
}
