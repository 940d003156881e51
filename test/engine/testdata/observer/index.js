import { appendFileSync } from "node:fs";
import * as provider from "@pulumi/pulumi/provider/index.js";

const record = (call, urn, inputs) =>
  appendFileSync(process.env["RECORD"], `${JSON.stringify({ call, urn, inputs })}\n`);

// Stands where the Kubernetes provider stands and writes down what it is shown, previews included, as it comes over the wire.
const observer = {
  version: "4.34.2",
  async check(urn, _olds, news) {
    record("check", urn, news);
    return { inputs: news };
  },
  async create(urn, inputs) {
    record("create", urn, inputs);
    return { id: `made-${urn.split("::").at(-1)}`, outs: inputs };
  },
  async delete(_id, urn) {
    record("delete", urn);
  },
};
void provider.main(observer, process.argv.slice(2));
