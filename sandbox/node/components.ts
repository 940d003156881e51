import { join } from "node:path";
import { API_PORT, type NodeSettings, POD_CIDR, SERVICE_CIDR } from "./config.ts";
import type { Layout } from "./layout.ts";

/** One program of the node. */
export interface Component {
  name: string;
  program: string;
  args: string[];
  /** What must answer before it is started. */
  after: Readiness[];
}

export type Readiness = "containerd" | "apiserver";

/** The programs of a node, in the order in which they start. `down` and a reader of the logs use the same names. */
export function components(layout: Layout, settings: NodeSettings): Component[] {
  const { config, pki, bin } = layout;
  const kubernetes = (name: string, after: Readiness[], args: string[]): Component => ({
    name,
    program: join(bin, name),
    args,
    after,
  });
  const kubeconfigs = (name: string) =>
    ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map(
      (flag) => `--${flag}=${config}/${name}.conf`,
    );
  return [
    kubernetes(
      "etcd",
      [],
      [
        "--name=node",
        "--data-dir=/var/lib/etcd",
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=node=http://127.0.0.1:2380",
        // A cluster that can be made again in a minute need not wait for the disk; a power cut may cost its contents.
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
    ),
    {
      name: "containerd",
      program: settings.containerd,
      args: ["--config", join(config, "containerd.toml")],
      after: [],
    },
    // It waits for etcd by itself.
    kubernetes(
      "kube-apiserver",
      [],
      [
        "--etcd-servers=http://127.0.0.1:2379",
        `--advertise-address=${settings.nodeAddress}`,
        `--secure-port=${API_PORT}`,
        "--kubelet-preferred-address-types=InternalIP",
        `--service-cluster-ip-range=${SERVICE_CIDR}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        `--client-ca-file=${pki}/ca.crt`,
        `--tls-cert-file=${pki}/apiserver.crt`,
        `--tls-private-key-file=${pki}/apiserver.key`,
        `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
        `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${pki}/sa.pub`,
        `--service-account-signing-key-file=${pki}/sa.key`,
        `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
        `--proxy-client-key-file=${pki}/front-proxy-client.key`,
      ],
    ),
    kubernetes(
      "kube-controller-manager",
      ["apiserver"],
      [
        ...kubeconfigs("controller-manager"),
        `--root-ca-file=${pki}/ca.crt`,
        `--service-account-private-key-file=${pki}/sa.key`,
        `--cluster-signing-cert-file=${pki}/ca.crt`,
        `--cluster-signing-key-file=${pki}/ca.key`,
        `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
        "--use-service-account-credentials=true",
        // Some 90 calls make the controllers' accounts; at the default of 20 a second a new node would wait 4 s for them.
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--allocate-node-cidrs=true",
        `--cluster-cidr=${POD_CIDR}`,
        "--node-cidr-mask-size=24",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
      ],
    ),
    kubernetes(
      "kubelet",
      ["apiserver", "containerd"],
      [
        `--config=${config}/kubelet.yaml`,
        `--kubeconfig=${config}/kubelet.conf`,
        `--hostname-override=${layout.id}`,
        `--node-ip=${settings.nodeAddress}`,
        "--root-dir=/var/lib/kubelet",
      ],
    ),
    kubernetes(
      "kube-scheduler",
      ["apiserver"],
      [...kubeconfigs("scheduler"), "--leader-elect=false", "--bind-address=127.0.0.1"],
    ),
    kubernetes("kube-proxy", ["apiserver"], [`--config=${config}/kube-proxy.yaml`]),
  ];
}
