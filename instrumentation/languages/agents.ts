import { targets } from "../containers.ts";
import { injectSdk, type Outcome, type Task } from "../draft.ts";
import type { Language } from "../types.ts";
import { apache } from "./apache.ts";
import { injectCopied } from "./copied.ts";
import { dotnet } from "./dotnet.ts";
import { injectGo } from "./go.ts";
import { java } from "./java.ts";
import { nginx } from "./nginx.ts";
import { nodejs } from "./nodejs.ts";
import { python } from "./python.ts";
import { injectWebServer } from "./web-server.ts";

/**
 * Injects one language into a pod.
 * @param names the containers it is meant for; an empty list is the first one
 */
export function injectLanguage(language: Language, task: Task, names: readonly string[]): Outcome {
  if (language === "go") return injectGo(task, names);
  const places = targets({ ...task.draft }, names);
  if (places.length === 0) return { injected: false, problems: [] };
  switch (language) {
    case "sdk":
      return injectSdk(task, places);
    case "java":
      return injectCopied(task, java, places);
    case "nodejs":
      return injectCopied(task, nodejs, places);
    case "python":
      return injectCopied(task, python, places);
    case "dotnet":
      return injectCopied(task, dotnet, places);
    case "apache-httpd":
      return injectWebServer(task, apache, places);
    case "nginx":
      return injectWebServer(task, nginx, places);
  }
}
