/** Name of the kubeconfig context that leads to the embedded cluster, in the kubeconfig written for people. */
export const sandboxContext = "throughline-sandbox";
