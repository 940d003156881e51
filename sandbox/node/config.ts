import { stringify } from "yaml";
import type { Layout } from "./layout.ts";

export const SERVICE_CIDR = "10.96.0.0/16";
export const DNS_ADDRESS = "10.96.0.10";
export const POD_CIDR = "10.244.0.0/24";
export const API_PORT = 6443;

/** What a node is made with. Written to node.json by `up`, read by the keeper. */
export interface NodeSettings {
  /** The multicall program. */
  kubernetes: string;
  kubernetesVersion: string;
  pauseImage: string;
  hostAddress: string;
  nodeAddress: string;
  cgroupVersion: 1 | 2;
  /** "overlayfs", or "native" where the state itself lies on an overlay. */
  snapshotter: "overlayfs" | "native";
  /** Path of containerd's program. */
  containerd: string;
  /** Folder of the CNI plugins. */
  cniFolder: string;
}

const documents = (...values: unknown[]) => values.map((value) => stringify(value)).join("---\n");

/** Configuration for kubeadm's certificate and kubeconfig phases, kubeadm.k8s.io/v1beta4. */
export function kubeadmConfig(layout: Layout, settings: NodeSettings): string {
  const apiVersion = "kubeadm.k8s.io/v1beta4";
  return documents(
    {
      apiVersion,
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: settings.nodeAddress, bindPort: API_PORT },
      nodeRegistration: { name: layout.id, criSocket: "unix:///run/containerd/containerd.sock" },
    },
    {
      apiVersion,
      kind: "ClusterConfiguration",
      clusterName: layout.id,
      kubernetesVersion: settings.kubernetesVersion,
      certificatesDir: layout.pki,
      encryptionAlgorithm: "ECDSA-P256",
      apiServer: { certSANs: ["127.0.0.1", "localhost", settings.nodeAddress] },
      networking: { serviceSubnet: SERVICE_CIDR, podSubnet: POD_CIDR, dnsDomain: "cluster.local" },
    },
  );
}

/** containerd's configuration, version 2 of the format. Its paths are those inside the node's mount namespace. */
export function containerdConfig(settings: NodeSettings): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "/run/containerd/containerd.sock"
[ttrpc]
  address = "/run/containerd/containerd.sock.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${settings.pauseImage}"
  # Without the right to lower a score, no sandbox could start.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${settings.snapshotter}"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${settings.cniFolder}"
    conf_dir = "/run/cni"
`;
}

/**
 * The pods' network. Each pod has a link of its own that the node routes (plugin ptp), so that replies of a Service pass the
 * node's address translation even where the kernel does not filter bridged packets (module br_netfilter).
 */
export function cniConfig(): string {
  return JSON.stringify({
    cniVersion: "0.4.0",
    name: "sandbox",
    plugins: [
      {
        type: "ptp",
        ipMasq: true,
        ipam: { type: "host-local", ranges: [[{ subnet: POD_CIDR }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
}

/** KubeletConfiguration, kubelet.config.k8s.io/v1beta1. */
export function kubeletConfig(layout: Layout): string {
  return documents({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${layout.pki}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: "cluster.local",
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${layout.id}`,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: ["pods"],
    systemReserved: { memory: "1Gi" },
    failCgroupV1: false,
    failSwapOn: false,
    // The host's file may point into its /run, which the node does not see.
    resolvConf: `${layout.config}/resolv.conf`,
    maxPods: 64,
    evictionHard: { "memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    // Images come from files and could not be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    localStorageCapacityIsolation: false,
    containerLogMaxSize: "10Mi",
    shutdownGracePeriod: "0s",
    // A look every second costs little and shows a Ready node sooner; it is only reported when it changed.
    nodeStatusUpdateFrequency: "1s",
    nodeStatusReportFrequency: "5m",
    logging: { verbosity: 1 },
  });
}

/** KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1. Conntrack limits are the host's and stay as they are. */
export function kubeProxyConfig(layout: Layout): string {
  return documents({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: `${layout.config}/super-admin.conf` },
    mode: "iptables",
    clusterCIDR: POD_CIDR,
    hostnameOverride: layout.id,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    iptables: { minSyncPeriod: "100ms" },
  });
}
