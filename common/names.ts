/** Name of the kubeconfig context that leads to the embedded cluster, in the kubeconfig written for people. */
export const sandboxContext = "throughline-sandbox";

/** `service.name` of the spans that this program sends itself. */
export const cliService = "throughline-cli";
