import { servePlugin } from "./serve.ts";
import { createLanguageHost } from "./server.ts";

// Started by the engine as `pulumi-language-nodejs [flags] ENGINE_ADDRESS`.
const host = createLanguageHost(process.argv.at(-1) ?? "");
servePlugin(host.service, host.implementation, host.stop);
