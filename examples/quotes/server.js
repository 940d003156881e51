// Answers every request with a quote. There is no tracing code here: the annotation in kubernetes.yaml brings it in from outside.
const { createServer } = require("node:http");

const quotes = [
  { text: "Measure what is measurable, and make measurable what is not so.", author: "attributed to Galileo Galilei" },
  { text: "The purpose of computing is insight, not numbers.", author: "Richard Hamming" },
  { text: "What I cannot create, I do not understand.", author: "Richard Feynman" },
];

/** A service that rates a text, such as http://ratings:8080/; without one quotes go out unrated. */
const ratingsUrl = process.env.RATINGS_URL;

async function rate(text) {
  if (!ratingsUrl) return undefined;
  try {
    const answer = await fetch(`${ratingsUrl}?text=${encodeURIComponent(text)}`, { signal: AbortSignal.timeout(4500) });
    return await answer.json();
  } catch (error) {
    console.warn(`no rating: ${error.message}`);
    return undefined;
  }
}

const server = createServer(async (_request, response) => {
  const quote = quotes[Math.floor(Math.random() * quotes.length)];
  const rating = await rate(quote.text);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ ...quote, rating }));
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
