// Writes a mail for each order that comes by RabbitMQ. There is no tracing code here: the annotation on the pod brings it in from outside.
const { createServer } = require("node:net");
const { setTimeout: sleep } = require("node:timers/promises");
const amqp = require("amqplib");

const broker = process.env.RABBITMQ || "amqp://guest:guest@rabbitmq:5672/";
const queue = "mails";
/** A service that makes an invoice of an order, such as http://invoice:8080; without one mails go out without. */
const invoiceUrl = process.env.INVOICE_URL;
const port = Number(process.env.PORT || 8080);
const retryMs = 1000;

let connection;
let ending = false;
/** Messages that are being worked on. */
const running = new Set();
/** Accepts connections while orders are read: that is all a probe needs, and no agent makes a trace of it. */
const ready = createServer((socket) => socket.end());

async function invoice(order) {
  if (!invoiceUrl) return undefined;
  const answer = await fetch(`${invoiceUrl}/invoices`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
    signal: AbortSignal.timeout(4500),
  });
  if (!answer.ok) throw new Error(`invoice answered ${answer.status}`);
  return answer.json();
}

async function write(channel, message) {
  try {
    const order = JSON.parse(message.content.toString());
    const made = await invoice(order);
    // The baggage as it came, for whoever wants to see how far it gets.
    const { baggage } = message.properties.headers ?? {};
    console.log(JSON.stringify({ mail: order.id, to: order.customer, invoice: made?.number, baggage }));
    channel.ack(message);
  } catch (error) {
    console.warn(`no mail: ${error.message}`);
    await sleep(retryMs);
    // Back into the queue. A channel that was closed meanwhile has given it back by itself.
    if (channel === connection?.channel) channel.nack(message, false, true);
  }
}

async function consume() {
  const opened = await amqp.connect(broker, { timeout: 3000, heartbeat: 5 });
  const closed = new Promise((resolve) => opened.once("close", resolve));
  opened.on("error", (error) => console.warn(`RabbitMQ: ${error.message}`));
  const channel = await opened.createChannel();
  channel.on("error", (error) => console.warn(`RabbitMQ: ${error.message}`));
  await channel.assertQueue(queue, { durable: true });
  await channel.prefetch(20);
  const { consumerTag } = await channel.consume(queue, (message) => {
    // None where the broker has ended the subscription.
    if (message === null) return opened.close().catch(() => {});
    const work = write(channel, message).finally(() => running.delete(work));
    running.add(work);
  });
  connection = { opened, channel, consumerTag };
  ready.listen(port, () => console.log(`mailer reads ${queue}`));
  await closed;
  connection = undefined;
  ready.close();
}

async function main() {
  while (!ending) {
    await consume().catch((error) => console.warn(`RabbitMQ: ${error.message}`));
    if (!ending) await sleep(retryMs);
  }
}

/** No new message, what runs comes to its end, and the program ends by itself: whatever watches it can send its last data then. */
async function end() {
  if (ending) return;
  ending = true;
  if (connection === undefined) return;
  const { opened, channel, consumerTag } = connection;
  await channel.cancel(consumerTag);
  await Promise.all(running);
  await channel.close();
  await opened.close();
}

for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => end().catch((error) => console.warn(error.message)));
main();
