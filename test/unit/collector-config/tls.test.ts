import { expect, test } from "vitest";
import { clientTls, serverTls } from "../../../collector-config/tls.ts";

const paths = { certificate: "/tls/tls.crt", key: "/tls/tls.key", trust: "/tls/ca.crt" };
const own = { cert_file: "/tls/tls.crt", key_file: "/tls/tls.key", reload_interval: "1h" };

test("a server asks for a client's certificate only when it is mutual", () => {
  expect(serverTls(paths, { mutual: false })).toEqual({ ...own, min_version: "1.3" });
  expect(serverTls(paths, { mutual: true })).toEqual({ ...own, min_version: "1.3", client_ca_file: "/tls/ca.crt" });
});

test("a client always judges the server, and shows itself only when it is mutual", () => {
  const judging = { ca_file: "/tls/ca.crt", min_version: "1.3" };
  expect(clientTls(paths, { mutual: false })).toEqual(judging);
  expect(clientTls(paths, { mutual: true, serverName: "otel-gateway" })).toEqual({
    ...judging,
    ...own,
    server_name_override: "otel-gateway",
  });
});
