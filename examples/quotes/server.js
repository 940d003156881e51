// Answers every request with a quote. There is no tracing code here: the annotation in kubernetes.yaml brings it in from outside.
const { createServer } = require("node:http");

const quotes = [
  { text: "Measure what is measurable, and make measurable what is not so.", author: "attributed to Galileo Galilei" },
  { text: "The purpose of computing is insight, not numbers.", author: "Richard Hamming" },
  { text: "What I cannot create, I do not understand.", author: "Richard Feynman" },
];

const server = createServer((_request, response) => {
  const quote = quotes[Math.floor(Math.random() * quotes.length)];
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(quote));
});

const port = Number(process.env.PORT || 8080);
server.listen(port, () => console.log(`quotes listens on port ${server.address().port}`));

// No process.exit here: the program ends by itself once nothing is left to do, so whatever watches it can send its last data.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
