import { expect, test } from "vitest";
import { portForwardLine } from "../../../infra/outputs.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";

test.each([
  [{}, "kubectl --namespace observability port-forward service/jaeger 16686"],
  [
    { context: "kind", namespace: "tracing", kubeconfig: "~/.kube/it's mine" },
    "kubectl --kubeconfig ~/'.kube/it'\\''s mine' --context kind --namespace tracing port-forward service/jaeger 16686",
  ],
])("%j", (raw, line) => {
  expect(portForwardLine(parseSettings(raw as Record<string, string>))).toBe(line);
});
