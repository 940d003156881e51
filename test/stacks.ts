const json = (value: object) => JSON.stringify(value);
const login = { login: "oauth2-proxy", issuer: "https://login.example.com", secret: "jaeger-login" };

/** Settings as `pulumi config` holds them, whose stacks have the parts that no golden has. */
export const jaegerStacks = {
  "badger with a login": {
    profile: "standard",
    storage: json({ kind: "badger" }),
    jaeger: json({ basePath: "/traces", archive: true }),
    ingress: json({ host: "traces.example.com", tlsSecret: "traces-tls", ...login }),
  },
  "roles behind Kafka": {
    profile: "production",
    storage: json({ kind: "opensearch", endpoint: "https://os.search.svc:9200", secret: "os", ca: "os-ca" }),
    prometheus: json({ scrape: true }),
    jaeger: json({
      roles: "separate",
      collector: { replicas: 2, maxReplicas: 5 },
      buffer: { brokers: "kafka.data.svc:9092", secret: "kafka", ca: "kafka-ca" },
      metrics: "http://prometheus.monitoring.svc:9090",
    }),
    ingress: json({ kind: "gateway", gateway: "gateways/public", host: "traces.example.com", login: "none" }),
  },
  "roles with a login": {
    storage: json({ kind: "elasticsearch", endpoint: "https://es.search.svc:9200", secret: "es", ca: "es-ca" }),
    jaeger: json({ roles: "separate" }),
    ingress: json({ host: "traces.example.com", tlsSecret: "traces-tls", ...login }),
  },
  cassandra: { storage: json({ kind: "cassandra", endpoint: "cassandra.data.svc", secret: "cassandra" }) },
} as const satisfies Record<string, Record<string, string>>;

/** The same for gateways that each get the whole of a trace. */
export const samplingStack = {
  profile: "standard",
  gatewayReplicas: "5",
  tailSampling: json({ keepShare: "0.1" }),
  zipkin: json({ endpoint: "https://zipkin.example.com", secret: "zipkin" }),
};

/** The same for the operator. */
export const operatorStack = { operator: json({ namespaces: ["shop"], readSecrets: "true" }) };
