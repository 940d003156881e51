import type { Place } from "./containers.ts";
import type { Subject } from "./resource.ts";
import { addCommon, addSdk, type Edited } from "./sdk-env.ts";
import type { Container, InstrumentationSpec, NamespaceInfo, Problem, Volume } from "./types.ts";
import { list } from "./workload.ts";

/** The parts of a pod that injection changes; the lists are copies of the user's. */
export interface Draft {
  readonly containers: Container[];
  readonly initContainers: Container[];
  readonly volumes: Volume[];
  /** By index of ordinary containers: the length of the list of variables when an agent was the first to put some before the others. */
  readonly made: Map<number, number>;
  /** Set where an agent has to see the processes of the other containers. */
  shareProcessNamespace?: boolean;
}

/** One language's injection into one pod. */
export interface Task {
  readonly draft: Draft;
  readonly subject: Subject;
  readonly namespace: NamespaceInfo;
  readonly spec: InstrumentationSpec;
}

/** What became of a task: whether it changed the pod, and what it could not do. */
export interface Outcome {
  readonly injected: boolean;
  readonly problems: readonly Problem[];
}

/** The container at a place of a draft, as it is by now. */
export function at(draft: Draft, place: Place): Container {
  return draft[place.list][place.index] as Container;
}

/** Copies of a container's variables and mounts. */
export function edit(container: Container): Edited {
  return { env: [...list(container.env)], mounts: [...list(container.volumeMounts)] };
}

/** Puts edited variables and mounts into a container of the draft. */
export function write(draft: Draft, place: Place, { env, mounts }: Edited): void {
  const old = at(draft, place);
  draft[place.list][place.index] = mounts.length === 0 ? { ...old, env } : { ...old, env, volumeMounts: mounts };
}

/** Environment only: configures the SDK that a program brings itself. */
export function injectSdk(task: Task, places: readonly Place[]): Outcome {
  const { draft, subject, spec } = task;
  for (const place of places) {
    const container = at(draft, place);
    const edited = edit(container);
    addCommon(edited.env, spec);
    addSdk(subject, container, spec, edited, draft.volumes);
    write(draft, place, edited);
  }
  return { injected: true, problems: [] };
}
