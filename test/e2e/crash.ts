import { readdirSync, readFileSync } from "node:fs";
import { kubectl } from "./kubectl.ts";

interface Pod {
  metadata: { uid: string; name: string };
  status: { containerStatuses?: { restartCount: number }[] };
}

/** A pod by name, or the first with a label such as `app.kubernetes.io/name=opensearch`. */
export interface PodChoice {
  /** Default: observability. */
  namespace?: string;
  pod?: string;
  label?: string;
  /** What its program's command line has. Default: `--config=`, as of the Collector and Jaeger. */
  program?: string;
}

/** How often the container of a pod of ours was started again. */
export async function restartsOf(pod: string | PodChoice): Promise<number> {
  return (await podOf(pod)).status.containerStatuses?.[0]?.restartCount ?? 0;
}

/** Ends the program of a pod as a crash would, without a word of warning. */
export const crash = (pod: string | PodChoice): Promise<void> => signal(pod, "SIGKILL");

/** Sends a signal to the program of a pod from outside: SIGSTOP freezes it, SIGCONT lets it go on. */
export async function signal(pod: string | PodChoice, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<void> {
  const found = await podOf(pod);
  const { uid } = found.metadata;
  const { program = "--config=" } = typeof pod === "string" ? {} : pod;
  const marks = [uid, uid.replaceAll("-", "_")];
  const inPod = (pid: string) => {
    try {
      const [group, command] = ["cgroup", "cmdline"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
      return marks.some((mark) => group!.includes(mark)) && command!.includes(program);
    } catch {
      return false;
    }
  };
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && inPod(entry));
  if (pids.length !== 1) throw new Error(`pod ${found.metadata.name} has ${pids.length} programs with ${program}`);
  process.kill(Number(pids[0]), name);
}

async function podOf(choice: string | PodChoice): Promise<Pod> {
  const { namespace = "observability", pod, label } = typeof choice === "string" ? { pod: choice } : choice;
  const target = pod === undefined ? ["pods", "-l", label ?? ""] : [`pod/${pod}`];
  const found = JSON.parse(await kubectl("get", "-n", namespace, ...target, "-o", "json"));
  const one: Pod | undefined = pod === undefined ? found.items[0] : found;
  if (one === undefined) throw new Error(`there is no pod ${label} in namespace ${namespace}`);
  return one;
}
