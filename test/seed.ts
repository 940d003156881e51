import fc from "fast-check";

// In CI every run draws the same inputs, so that a change fails for what it changes; elsewhere each run draws others.
const seed = process.env["THROUGHLINE_SEED"] ?? (process.env["CI"] ? "20261128" : undefined);
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
