import type { Language } from "../types.ts";
import { dotnet } from "./dotnet.ts";
import { java } from "./java.ts";
import type { AgentLanguage } from "./language.ts";
import { nodejs } from "./nodejs.ts";
import { python } from "./python.ts";

/** The languages whose agent comes as an image. `sdk` has none: it is environment only. */
export const agents: ReadonlyMap<Language, AgentLanguage> = new Map<Language, AgentLanguage>([
  ["java", java],
  ["nodejs", nodejs],
  ["python", python],
  ["dotnet", dotnet],
]);
