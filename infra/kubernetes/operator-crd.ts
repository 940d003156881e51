import type * as k8s from "@pulumi/kubernetes";

/** A part of an OpenAPI schema. The extensions of Kubernetes stand under their names in YAML, which the types of the SDK spell otherwise. */
interface Schema {
  readonly [field: string]: unknown;
}

const text = (description: string, more: Schema = {}): Schema => ({ type: "string", description, ...more });
const flag = (description: string): Schema => ({ type: "boolean", description });
const list = (items: Schema, description: string): Schema => ({ type: "array", description, items });
const record = (description: string, properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: "object",
  description,
  properties,
  ...(required.length > 0 && { required }),
});
/** An object of Kubernetes itself, which is checked where it is used: when the pod is made. */
const any = (description: string): Schema => ({
  type: "object",
  description,
  "x-kubernetes-preserve-unknown-fields": true,
});
const quantity = (description: string): Schema => ({ description, "x-kubernetes-int-or-string": true });

const texts = (description: string): Schema => ({
  type: "object",
  description,
  additionalProperties: { type: "string" },
});

const variables = (description: string): Schema =>
  list(
    record(
      "A variable.",
      {
        name: text("Its name."),
        value: text("Its value."),
        valueFrom: any("Where its value comes from instead, as in a container."),
      },
      ["name"],
    ),
    description,
  );

const amounts = (description: string): Schema => ({
  type: "object",
  description,
  additionalProperties: quantity("An amount such as 50m or 64Mi."),
});
const resources = record("CPU and memory of the container that brings the agent.", {
  limits: amounts("At most so much."),
  requests: amounts("At least so much."),
  claims: list(record("A claim.", { name: text("Its name."), request: text("Its request.") }, ["name"]), "Devices."),
});

/** What every agent takes. Java's resources have a name of their own. */
const agent = (resourcesField: "resources" | "resourceRequirements"): Record<string, Schema> => ({
  image: text("Image of the agent. Default: the operator's own."),
  env: variables("Variables for containers with this agent; they come after those of all languages."),
  [resourcesField]: resources,
  volumeLimitSize: quantity("Size limit of the emptyDir that carries the agent. Default: 200Mi."),
  volumeClaimTemplate: any("Carries the agent in an ephemeral volume of this claim instead of an emptyDir."),
});

const webServer = (more: Record<string, Schema>): Record<string, Schema> => ({
  ...agent("resourceRequirements"),
  attrs: variables("Directives of the module, by name."),
  ...more,
});
const serverPath = (description: string) => text(description, { pattern: "^[A-Za-z0-9._/-]*$", maxLength: 256 });

const samplers = [
  ...["always_on", "always_off", "traceidratio"],
  ...["parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio", "jaeger_remote", "xray"],
];
const propagators = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", "none"];

const spec = record("How pods are instrumented that refer to this object.", {
  exporter: record("Where spans go.", {
    endpoint: text("OTLP endpoint, as in OTEL_EXPORTER_OTLP_ENDPOINT."),
    tls: record("Certificates for it.", {
      secretName: text("Secret in the pod's namespace with the files."),
      configMapName: text("ConfigMap in the pod's namespace with the authority's file; it wins over the Secret."),
      ca_file: text("File of the authority that signed the endpoint's certificate."),
      cert_file: text("File of the client's certificate."),
      key_file: text("File of the client's key."),
    }),
  }),
  propagators: list({ type: "string", enum: propagators }, "Formats of the context between services."),
  sampler: record("Which traces are kept.", {
    type: text("Value of OTEL_TRACES_SAMPLER.", { enum: samplers }),
    argument: text("Value of OTEL_TRACES_SAMPLER_ARG, such as a share from 0 to 1."),
  }),
  resource: record("Attributes of every span.", {
    resourceAttributes: texts("Attributes by name."),
    addK8sUIDAttributes: flag("Whether UIDs of the pod and its owners are attributes."),
  }),
  defaults: record("What is taken from elsewhere.", {
    useLabelsForResourceAttributes: flag("Whether app.kubernetes.io/ labels name and version the service."),
  }),
  env: variables("Variables for every injected container; what a container sets itself wins."),
  imagePullPolicy: text("When images of agents are pulled."),
  initContainerSecurityContext: any("Security context of containers that copy an agent."),
  java: record("The agent for Java.", {
    ...agent("resources"),
    extensions: list(
      record("An extension.", { image: text("Image with it."), dir: text("Its directory there.") }, ["image", "dir"]),
      "Extensions that are copied beside the agent.",
    ),
  }),
  nodejs: record("The agent for Node.js.", agent("resourceRequirements")),
  python: record("The agent for Python.", agent("resourceRequirements")),
  dotnet: record("The agent for .NET.", agent("resourceRequirements")),
  go: record("The agent for Go, which runs beside the program.", {
    ...agent("resourceRequirements"),
    securityContext: any("Security context of its container. Default: privileged, as user 0."),
  }),
  apacheHttpd: record(
    "The module for Apache HTTP Server.",
    webServer({
      version: text("2.4 or 2.2. Default: 2.4."),
      configPath: serverPath("Directory of the server's configuration. Default: /usr/local/apache2/conf."),
    }),
  ),
  nginx: record(
    "The module for nginx.",
    webServer({ configFile: serverPath("The main configuration file. Default: /etc/nginx/nginx.conf.") }),
  ),
});

const column = (name: string, jsonPath: string, type = "string") => ({ name, jsonPath, type });

/**
 * The definition of Instrumentation (`opentelemetry.io/v1alpha1`), with the fields that operator 0.158.0 reads and nothing of its text.
 * @see https://github.com/open-telemetry/opentelemetry-operator/blob/main/docs/api/instrumentations.md
 */
export const instrumentationDefinition: k8s.types.input.apiextensions.v1.CustomResourceDefinitionSpec = {
  group: "opentelemetry.io",
  scope: "Namespaced",
  names: {
    kind: "Instrumentation",
    listKind: "InstrumentationList",
    plural: "instrumentations",
    singular: "instrumentation",
    shortNames: ["otelinst", "otelinsts"],
  },
  versions: [
    {
      name: "v1alpha1",
      served: true,
      storage: true,
      subresources: { status: {} },
      additionalPrinterColumns: [
        column("Age", ".metadata.creationTimestamp", "date"),
        column("Endpoint", ".spec.exporter.endpoint"),
        column("Sampler", ".spec.sampler.type"),
        column("Sampler Arg", ".spec.sampler.argument"),
      ],
      schema: {
        openAPIV3Schema: record("What injection adds to pods, and where their spans go.", {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          metadata: { type: "object" },
          spec,
          status: record("What the operator says.", {
            upgradeBlockedVersions: texts("Versions to which an agent was not raised, by language."),
          }),
        }) as k8s.types.input.apiextensions.v1.JSONSchemaProps,
      },
    },
  ],
};
