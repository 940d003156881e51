// Greets. There is no tracing code here: the label in ../index.ts brings it in from outside.
const { createServer } = require("node:http");

const server = createServer((_request, response) => response.end("Hello!\n"));
process.on("SIGTERM", () => server.close());
server.listen(8080);
