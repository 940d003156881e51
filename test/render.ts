// Moved to infra/render.ts; this file keeps other branches' imports working until they are merged.
export { type Registered, type Rendering, render, toYaml } from "../infra/render.ts";
