import { judge } from "../collector-config/rules/judge.ts";
import { texts } from "../collector-config/rules/reading.ts";
import { fields } from "../common/objects.ts";
import { configured } from "./configurations.ts";
import { ofKind } from "./objects.ts";
import { once } from "./once.ts";
import { containersOf, list, podsOf } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const source = "https://kubernetes.io/docs/concepts/configuration/secret/";

/** Names whose value is a secret. */
const secretWords =
  /(^|[_.-])(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API[_-]?KEY|CREDENTIALS?|PRIVATE[_-]?KEY|ACCESS[_-]?KEY)($|[_.-])/i;

/** Texts that are secrets whatever their name: keys, logins inside addresses, and tokens of well-known forms. */
const secretTexts: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\w:\/\/[^\s/@:${}<>*]*:[^\s/@${}<>*]+@/,
  /\b(Bearer|Basic)(?: |%20)+(?=[A-Za-z+/_.~-]*\d)[A-Za-z0-9+/_.~-]{12,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
];

/** Whether a text is a secret by its own form, comments aside. A reference such as `${env:NAME}` is none. */
function looksSecret(text: string): boolean {
  const told = text.includes("\n") ? text.replace(/^\s*#.*$/gm, "") : text;
  return secretTexts.some((pattern) => pattern.test(told));
}

/** What ends so says where the secret is, of which kind, or how it is used. */
const aboutSecret =
  /(file|path|dir|name|type|url|uri|namespace|id|ttl|duration|length|size|enabled?|required|header)$/i;

/** Whether a value under such a name is a secret, not a switch, a path, a reference or the name of something. */
function isSecret(name: string, value: string): boolean {
  if (looksSecret(value)) return true;
  if (/HEADERS$/i.test(name)) return /(authorization|key|token)=(?![^,]*\$[({])[^,]{8,}/i.test(value);
  const harmless = /^(true|false|none|null|\d{1,3}[smh]?|\/.*|file:.*|.*\$[({].*)?$/i;
  return secretWords.test(name) && !aboutSecret.test(name) && !harmless.test(value);
}

const noPlainSecret: Rule = {
  name: "no-plain-secret",
  description: "No secret stands in plain text in a container's environment.",
  why: "A manifest is read by everyone who may look into the namespace, and stands in version control.",
  source,
  severity: "error",
  example: {
    wrong: "env: [{name: DB_PASSWORD, value: hunter2}]",
    right: "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name: container, spec }) =>
      list(spec["env"])
        .filter(({ name, value }) => typeof value === "string" && isSecret(String(name), value))
        .map(({ name }) => ({
          object: pod.owner,
          message: `container ${container} has what looks like a secret in ${name}`,
          fix: `{name: ${name}, valueFrom: {secretKeyRef: ...}}`,
        })),
    ),
};

const noSecretArgument: Rule = {
  name: "no-secret-in-arguments",
  description: "No secret stands on the command line of a container.",
  why: "Besides the manifest, every process of the pod and of the node's administrators shows it.",
  source,
  severity: "error",
  example: {
    wrong: "args: [--password=hunter2]",
    right: "args: [--password-file=/etc/login/password]",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name, spec }) =>
      (["command", "args"] as const).flatMap((part) => {
        const all = texts(spec[part]);
        return all
          .filter((text, index) => isSecretArgument(text, all[index + 1]))
          .map(
            (text): Finding => ({
              object: pod.owner,
              path: part,
              message: `of container ${name} hold what looks like a secret${/^--?[\w-]+/.test(text) ? ` in ${/^--?[\w.-]+/.exec(text)?.[0]}` : ""}`,
              fix: `env from a Secret, and $(NAME) in ${part}`,
            }),
          );
      }),
    ),
};

/** `--password=x`, or `--password` with the next argument. */
function isSecretArgument(text: string, next: string | undefined): boolean {
  const [, flag = "", value] = /^--?([\w.-]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (looksSecret(text)) return true;
  if (flag === "") return false;
  const given = value ?? (next?.startsWith("-") ? undefined : next);
  return given !== undefined && isSecret(flag, given);
}

const noSecretInConfigMap: Rule = {
  name: "no-secret-in-config-map",
  description: "No ConfigMap holds a secret.",
  why: "ConfigMaps are not encrypted, and more people and programs may read them than Secrets.",
  source: "https://kubernetes.io/docs/concepts/configuration/configmap/",
  severity: "error",
  example: {
    wrong: "kind: ConfigMap\ndata: {db-password: hunter2}",
    right: "kind: Secret\nstringData: {db-password: hunter2}",
  },
  check: (manifests) =>
    ofKind(manifests, "ConfigMap").flatMap((object) =>
      Object.entries(fields(object["data"]))
        .filter(([key, value]) => {
          if (typeof value !== "string" || !(value.includes("\n") ? looksSecret(value) : isSecret(key, value))) {
            return false;
          }
          // A Collector's configuration is read by a rule of its own, setting by setting.
          return !toldElsewhere(manifests).has(`${object.metadata.namespace}/${object.metadata.name}/${key}`);
        })
        .map(([key]) => ({
          object,
          path: `data["${key}"]`,
          message: "holds what looks like a secret",
          fix: "kind: Secret, or a reference to a variable that comes from one",
        })),
    ),
};

/** The keys of ConfigMaps whose secrets `collector-secrets` finds. */
const toldElsewhere = once(
  (manifests): ReadonlySet<string> =>
    new Set(
      configured(manifests)
        .filter(({ config }) => judge(config).some(({ id }) => id === "secrets"))
        .map(
          ({ object, place }) => `${object.metadata.namespace}/${object.metadata.name}/${/"(.*)"/.exec(place)?.[1]}`,
        ),
    ),
);

const noSecretAnnotation: Rule = {
  name: "no-secret-in-metadata",
  description: "No annotation or label holds a secret.",
  why: "Metadata is listed with every object, exported with metrics and shown in dashboards.",
  source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
  severity: "error",
  example: {
    wrong: 'annotations: {example.com/auth-token: "eyJhbGciOi..."}',
    right: "annotations: {example.com/auth-secret: login}",
  },
  check: (manifests) => {
    const ofPods = podsOf(manifests).filter(({ owner }) => owner.kind !== "Pod");
    const all: [Manifest, string, unknown][] = [
      ...manifests.flatMap((object): [Manifest, string, unknown][] => [
        [object, "metadata.annotations", object.metadata["annotations"]],
        [object, "metadata.labels", object.metadata["labels"]],
      ]),
      ...ofPods.map(({ owner, annotations }): [Manifest, string, unknown] => [
        owner,
        "template annotations",
        annotations,
      ]),
    ];
    return all.flatMap(([object, path, values]) =>
      Object.entries(fields(values))
        .filter(([key, value]) => typeof value === "string" && isSecretAnnotation(key, value))
        .map(([key]) => ({
          object,
          path: `${path}["${key}"]`,
          message: "holds what looks like a secret",
          fix: "the name of a Secret",
        })),
    );
  },
};

/** Words such as token and secret stand in many annotations that only name one, so fewer of them count here. */
function isSecretAnnotation(key: string, value: string): boolean {
  if (key === "kubectl.kubernetes.io/last-applied-configuration" || key.startsWith("kubernetes.io/service-account."))
    return false;
  if (looksSecret(value)) return true;
  const name = key.split("/").at(-1) ?? "";
  return /(^|[_.-])(password|passwd|passphrase|(auth|access|api)[_-]?token|api[_-]?key)$/i.test(name) && value !== "";
}

export const secretRules: readonly Rule[] = [noPlainSecret, noSecretArgument, noSecretInConfigMap, noSecretAnnotation];
