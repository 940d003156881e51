import { servePlugin } from "../../language-host/serve.ts";
import { createEngineLog } from "../kubernetes/engine.ts";
import { createProvider } from "./server.ts";

// Started by the engine as `pulumi-resource-docker ENGINE_ADDRESS`.
const provider = createProvider(createEngineLog(process.argv[2]));
servePlugin(provider.service, provider.implementation, provider.cancel);
