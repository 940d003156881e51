import { appendFileSync } from "node:fs";
import * as provider from "@pulumi/pulumi/provider/index.js";

// Stands where the Kubernetes provider stands and writes down what it is asked to create.
const recorder = {
  version: "4.34.2",
  async create(urn, inputs) {
    appendFileSync(process.env["RECORD"], `${JSON.stringify({ urn, inputs })}\n`);
    return { id: urn, outs: inputs };
  },
};
void provider.main(recorder, process.argv.slice(2));
