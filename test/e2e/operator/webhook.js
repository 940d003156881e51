// Stands where the operator stands: same ports, same certificate, same paths. It injects nothing, but marks each pod that it was asked about.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const flag = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split("=")[1] ?? "";
if (process.argv[2] !== "webhook-server") throw new Error(`expected webhook-server, got ${process.argv[2]}`);

const directory = "/tmp/k8s-webhook-server/serving-certs";
const [cert, key] = ["tls.crt", "tls.key"].map((file) => readFileSync(`${directory}/${file}`));
/** Milliseconds until it answers, so that others can be seen to wait. */
const holdMs = Number(process.env["HOLD_MS"] ?? 0);
let answers = false;

const health = http.createServer(({ url }, response) => {
  response.writeHead(url === "/healthz" || answers ? 200 : 500).end();
});
health.listen(Number(flag("health-probe-addr").replace(":", "")));

const patchFor = ({ metadata }) => {
  const path = "/metadata/annotations";
  const marked = { "test.throughline.dev/asked": "yes" };
  return metadata.annotations === undefined
    ? [{ op: "add", path, value: marked }]
    : [{ op: "add", path: `${path}/test.throughline.dev~1asked`, value: "yes" }];
};

const server = https.createServer({ cert, key }, async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const { apiVersion, kind, request: asked } = JSON.parse(body);
  const patch = request.url?.startsWith("/mutate-v1-pod")
    ? { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patchFor(asked.object))).toString("base64") }
    : {};
  console.log(JSON.stringify({ path: request.url, namespace: asked.namespace, name: asked.name }));
  const answer = { uid: asked.uid, allowed: true, ...patch };
  // Closed, so that nobody writes into a connection whose pod goes.
  response.writeHead(200, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ apiVersion, kind, response: answer }));
});
setTimeout(
  () =>
    server.listen(Number(flag("webhook-port")), () => {
      answers = true;
    }),
  holdMs,
);

process.on("SIGTERM", () => server.close(() => process.exit(0)));
