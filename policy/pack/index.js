// JavaScript, because Pulumi would compile TypeScript with a compiler of its own. What it imports runs as everywhere here.
import { PolicyPack } from "@pulumi/policy";
import { policies } from "../crossguard.ts";

const startedIn = process.cwd();
// The SDK reads the pack's version from package.json of the working directory, which some engines have in the program.
process.chdir(import.meta.dirname);
new PolicyPack("throughline", { policies: policies({ startedIn }) });
