/** What injection refuses or leaves out by itself, by the code of its problem, which `lint` hands on as id. */
export interface Refusal {
  readonly id: string;
  /** What should be so, in one sentence. */
  readonly title: string;
  /** The ways to lose a trace that it catches. */
  readonly catches: readonly string[];
}

const row = (id: string, title: string, ...catches: readonly string[]): Refusal => ({ id, title, catches });

/** Every problem of injection; the operator says nothing of most of them and leaves the pod as it is. */
export const refusals: readonly Refusal[] = [
  row(
    "annotation-on-workload",
    "The annotation stands on the pod template.",
    "the annotation was put on the Deployment itself",
  ),
  row(
    "annotation-on-other-object",
    "The annotation stands on a pod template or a Namespace.",
    "the annotation was put on a Service, or another object that has no pods",
  ),
  row(
    "unknown-annotation",
    "The annotation's key is one that is read.",
    "a misspelt annotation, or a language there is not",
  ),
  row("annotation-not-a-string", "The annotation's value is a string.", "true without quotes"),
  row(
    "malformed-annotation",
    "The value names an Instrumentation, or is true or false.",
    "spaces around the annotation's value",
  ),
  row(
    "no-instrumentation",
    "Where true is written, the namespace has an Instrumentation.",
    "true, but no Instrumentation in the namespace",
  ),
  row(
    "several-instrumentations",
    "Where true is written, the namespace has one Instrumentation only.",
    "true, but several Instrumentations in the namespace",
  ),
  row(
    "instrumentation-not-found",
    "The Instrumentation that is named exists.",
    "a misspelt name of an Instrumentation, or the wrong namespace",
  ),
  row(
    "instrumentation-malformed",
    "Every field of the Instrumentation has the type it should.",
    "a ratio written as a number, a list written as a text",
  ),
  row(
    "instrumentation-unknown-field",
    "Every field of the Instrumentation is known.",
    "a misspelt field of an Instrumentation",
  ),
  row(
    "container-names-malformed",
    "Container names are separated by commas, without spaces.",
    "a space in the list of containers switches all injection off",
  ),
  row(
    "container-names-duplicate",
    "Each container is listed once.",
    "a container listed twice switches all injection off",
  ),
  row(
    "container-names-missing",
    "With several languages, each has its list of containers.",
    "two languages, and one has no container names",
  ),
  row(
    "container-not-found",
    "The containers that are listed exist.",
    "the container was renamed, the annotation was not",
  ),
  row("no-containers", "The pod has containers.", "a pod template without containers"),
  row(
    "workload-unnamed",
    "The workload has an explicit name.",
    "a generated name, so that the service's name is another each time",
  ),
  row("workload-malformed", "The pod template has the shape the API asks for.", "a list where an object should be"),
  row(
    "marker-set-by-hand",
    "No variable that marks injected pods is set by hand.",
    "a copied manifest of a live pod, which counts as injected",
  ),
  row("agent-image-missing", "The agent's image is named.", "an Instrumentation without an image for the language"),
  row(
    "agent-variable-from-elsewhere",
    "Variables that an agent extends are literal.",
    "NODE_OPTIONS, JAVA_TOOL_OPTIONS or PYTHONPATH from a ConfigMap by valueFrom",
  ),
  row(
    "resource-attributes-from-elsewhere",
    "OTEL_RESOURCE_ATTRIBUTES is literal.",
    "resource attributes from a ConfigMap by valueFrom",
  ),
  row("dotnet-already-configured", ".NET is instrumented once.", "an image that brings its own .NET agent"),
  row("dotnet-runtime-unknown", "The .NET runtime is one there is an agent for.", "a misspelt runtime"),
  row("python-platform-unknown", "The Python platform is one there is an agent for.", "a misspelt platform"),
  row(
    "tls-source-missing",
    "The exporter's Secret or ConfigMap is in the pod's namespace.",
    "the certificate's Secret is in another namespace than the pod",
  ),
  row("go-target-missing", "The Go agent is told which program to trace.", "Go without the path of its program"),
  row("go-several-containers", "The Go agent traces one container.", "Go for two containers of a pod"),
  row("go-init-container", "The Go agent traces no init container.", "Go for an init container"),
  row(
    "go-processes-not-shared",
    "The Go agent sees the program's process.",
    "Go where the pod refuses to share processes",
  ),
  row(
    "web-server-init-container",
    "Apache httpd and nginx are no init containers.",
    "a web server's module for an init container",
  ),
  row("web-servers-collide", "A pod has Apache httpd or nginx, not both.", "both web servers in one pod"),
  row(
    "value-not-known",
    "What injection decides by is known at preview.",
    "a name or annotation that is an Output of another resource",
  ),
];
