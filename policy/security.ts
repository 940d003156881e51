import { fields, items } from "../common/objects.ts";
import { grantedTo, mountsToken } from "./accounts.ts";
import { ofKind } from "./objects.ts";
import { type Container, containersOf, list, type Pod, podsOf } from "./pods.ts";
import type { Finding, Rule } from "./types.ts";

const at = ({ pod, name }: Container, message: string, fix: string): Finding => ({
  object: pod.owner,
  message: `container ${name} ${message}`,
  fix,
});

const podSecurityRestricted: Rule = {
  name: "pod-security-restricted",
  description: "Every pod passes Pod Security restricted.",
  why: "A process that breaks out of its program has more rights than the program needs, and namespaces that enforce restricted refuse the pod.",
  source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  severity: "error",
  example: {
    wrong: "securityContext: {}",
    right:
      "securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}",
  },
  check: (manifests) => [
    ...podsOf(manifests).flatMap(podFindings),
    ...containersOf(manifests).flatMap(containerFindings),
  ],
};

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

function podFindings({ owner, spec }: Pod): Finding[] {
  const host = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => spec[key] === true);
  const volumes = list(spec["volumes"]).filter((volume) =>
    Object.keys(volume).some((key) => key !== "name" && !allowedVolumes.includes(key)),
  );
  return [
    ...host.map((key) => ({ object: owner, message: `${key} is true`, fix: `${key}: false` })),
    ...volumes.map((volume) => ({
      object: owner,
      message: `volume ${volume["name"]} is of a kind that restricted refuses`,
      fix: `one of ${allowedVolumes.join(", ")}`,
    })),
  ];
}

function containerFindings(container: Container): Finding[] {
  const own = fields(container.spec["securityContext"]);
  const pod = fields(container.pod.spec["securityContext"]);
  const capabilities = fields(own["capabilities"]);
  const seccomp = fields(own["seccompProfile"] ?? pod["seccompProfile"])["type"];
  const added = items(capabilities["add"]);
  const wrong: [boolean, string, string][] = [
    [own["privileged"] === true, "is privileged", "privileged: false"],
    [own["allowPrivilegeEscalation"] !== false, "may escalate its privileges", "allowPrivilegeEscalation: false"],
    [(own["runAsNonRoot"] ?? pod["runAsNonRoot"]) !== true, "may run as root", "runAsNonRoot: true"],
    [(own["runAsUser"] ?? pod["runAsUser"]) === 0, "runs as user 0", "runAsUser: 10001"],
    [
      !JSON.stringify(capabilities["drop"] ?? []).includes('"ALL"'),
      "keeps capabilities",
      "capabilities: {drop: [ALL]}",
    ],
    [added.some((name) => name !== "NET_BIND_SERVICE"), `adds capabilities ${added}`, "capabilities: {drop: [ALL]}"],
    [
      !["RuntimeDefault", "Localhost"].includes(String(seccomp)),
      "has no seccomp profile",
      "seccompProfile: {type: RuntimeDefault}",
    ],
    [list(container.spec["ports"]).some((port) => port["hostPort"]), "takes a port of the node", "no hostPort"],
  ];
  return wrong.filter(([bad]) => bad).map(([, message, fix]) => at(container, message, fix));
}

const readOnlyRoot: Rule = {
  name: "read-only-root",
  description: "No container can write to its image's file system.",
  why: "What breaks into the program can change it and leave tools behind.",
  source: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
  severity: "warning",
  example: {
    wrong: "securityContext: {readOnlyRootFilesystem: false}",
    right: "securityContext: {readOnlyRootFilesystem: true}",
  },
  check: (manifests) =>
    containersOf(manifests)
      .filter(({ init, spec }) => !init && fields(spec["securityContext"])["readOnlyRootFilesystem"] !== true)
      .map((container) => at(container, "can write to its root file system", "readOnlyRootFilesystem: true")),
};

const namespaceEnforces: Rule = {
  name: "namespace-enforces-restricted",
  description: "Every namespace refuses pods below Pod Security restricted.",
  why: "Without the label the next pod in it may ask for anything.",
  source: "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
  severity: "warning",
  example: {
    wrong: "metadata: {labels: {}}",
    right: "metadata: {labels: {pod-security.kubernetes.io/enforce: restricted}}",
  },
  check: (manifests) =>
    ofKind(manifests, "Namespace")
      .filter(({ metadata }) => fields(metadata["labels"])["pod-security.kubernetes.io/enforce"] !== "restricted")
      .map((object) => ({
        object,
        message: "does not enforce Pod Security restricted",
        fix: "labels: {pod-security.kubernetes.io/enforce: restricted}",
      })),
};

const noWildcardRbac: Rule = {
  name: "no-wildcard-rbac",
  description: "No role grants everything of a kind.",
  why: "It grants what exists today and whatever is added later.",
  source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  severity: "error",
  example: {
    wrong: 'rules: [{apiGroups: [""], resources: [pods], verbs: ["*"]}]',
    right: 'rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]',
  },
  check: (manifests) =>
    ofKind(manifests, "Role", "ClusterRole").flatMap((object) =>
      list(object["rules"]).flatMap((rule) =>
        ["apiGroups", "resources", "verbs"]
          .filter((key) => Array.isArray(rule[key]) && rule[key].includes("*"))
          .map((key) => ({ object, message: `${key} is "*"`, fix: `name the ${key} that are used` })),
      ),
    ),
};

const tokenOnlyWhereUsed: Rule = {
  name: "token-only-where-used",
  description: "A pod gets a ServiceAccount token only if something is granted to that account.",
  why: "A token that nobody needs is one more to be stolen.",
  source: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
  severity: "warning",
  example: {
    wrong: "spec: {automountServiceAccountToken: true}",
    right: "spec: {automountServiceAccountToken: false}",
  },
  check: (manifests) =>
    podsOf(manifests)
      .filter((pod) => mountsToken(pod, manifests) && grantedTo(pod, manifests) === undefined)
      .map(({ owner, spec }) => ({
        object: owner,
        message: `mounts the token of ServiceAccount ${spec["serviceAccountName"] ?? "default"}, to which nothing is granted`,
        fix: "automountServiceAccountToken: false",
      })),
};

export const securityRules: readonly Rule[] = [
  podSecurityRestricted,
  readOnlyRoot,
  namespaceEnforces,
  noWildcardRbac,
  tokenOnlyWhereUsed,
];
