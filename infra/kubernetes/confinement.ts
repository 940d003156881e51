import type * as k8s from "@pulumi/kubernetes";

/** What Pod Security restricted asks of a pod. @param user Numeric user and group that the image knows; volumes belong to it. */
export function confinedPod(user: number): k8s.types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** What it asks of a container, with a root file system that nothing writes to. */
export const confinedContainer: k8s.types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};
