import { KubeConfig, type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { images } from "../../infra/versions.ts";
import type { Cluster } from "./cluster.ts";
import { DNS_ADDRESS } from "./config.ts";

const MANIFESTS = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: coredns, namespace: kube-system }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: system:coredns }
rules:
  - { apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch] }
  - { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: system:coredns }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:coredns }
subjects: [{ kind: ServiceAccount, name: coredns, namespace: kube-system }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: coredns, namespace: kube-system }
data:
  Corefile: |
    .:5353 {
      errors
      health :8080
      ready :8181
      kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
      }
      cache 30
    }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: coredns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec:
  selector: { matchLabels: { k8s-app: kube-dns } }
  template:
    metadata: { labels: { k8s-app: kube-dns } }
    spec:
      serviceAccountName: coredns
      dnsPolicy: Default
      priorityClassName: system-cluster-critical
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: coredns
          image: ${images.coredns}
          imagePullPolicy: IfNotPresent
          args: [-conf, /etc/coredns/Corefile]
          ports: [{ name: dns, containerPort: 5353, protocol: UDP }, { name: dns-tcp, containerPort: 5353, protocol: TCP }]
          resources: { requests: { cpu: 50m, memory: 32Mi }, limits: { memory: 128Mi } }
          readinessProbe: { httpGet: { path: /ready, port: 8181 }, periodSeconds: 1 }
          livenessProbe: { httpGet: { path: /health, port: 8080 }, initialDelaySeconds: 30 }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
          volumeMounts: [{ name: config, mountPath: /etc/coredns, readOnly: true }]
      volumes: [{ name: config, configMap: { name: coredns } }]
---
apiVersion: v1
kind: Service
metadata: { name: kube-dns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec:
  clusterIP: ${DNS_ADDRESS}
  selector: { k8s-app: kube-dns }
  ports:
    - { name: dns, port: 53, targetPort: 5353, protocol: UDP }
    - { name: dns-tcp, port: 53, targetPort: 5353, protocol: TCP }
`;

/** Deploys CoreDNS, the cluster's name service, from its image, which must have been imported. Idempotent; does not wait for the pod. */
export async function deployDns(cluster: Cluster): Promise<void> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  for (const document of parseAllDocuments(MANIFESTS)) {
    const object = document.toJS() as KubernetesObject;
    await api.patch(object, undefined, undefined, "throughline-sandbox", true, PatchStrategy.ServerSideApply);
  }
}
