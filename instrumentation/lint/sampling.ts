import { type LintRule, ofEach, said, textOf } from "./rule.ts";

const samplerName = "OTEL_TRACES_SAMPLER";
const argumentName = "OTEL_TRACES_SAMPLER_ARG";
const propagatorsName = "OTEL_PROPAGATORS";
const specification = ["always_on", "always_off", "traceidratio"];
const samplers = new Set([
  ...specification,
  ...specification.map((name) => `parentbased_${name}`),
  "jaeger_remote",
  "parentbased_jaeger_remote",
  "xray",
]);
const propagators = new Set(["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", "none"]);

const propagatorsOf = (text: string | undefined): readonly string[] =>
  text === undefined || text.trim() === "" ? [] : text.split(",").map((name) => name.trim());

const unknown: LintRule = {
  id: "sampler-unknown",
  title: "The sampler is one that the specification names.",
  why: "Most SDKs warn in a log that nobody reads and take their default; some refuse to start.",
  severity: "error",
  catches: ["OTEL_TRACES_SAMPLER holds a name that no SDK knows"],
  example: {
    wrong: { container: { env: [{ name: samplerName, value: "ratio" }] } },
    right: { container: { env: [{ name: samplerName, value: "always_on" }] } },
  },
  check: ofEach((traced) => {
    const sampler = textOf(traced, samplerName);
    if (sampler === undefined || sampler === "" || samplers.has(sampler)) return [];
    const allowed = [...samplers].join(", ");
    return [
      said(traced, samplerName, `is ${JSON.stringify(sampler)}; allowed are ${allowed}`, "parentbased_always_on"),
    ];
  }),
};

const off: LintRule = {
  id: "sampler-off",
  title: "The sampler keeps something.",
  why: "Every span is dropped where it begins, with nothing in any log.",
  severity: "warning",
  catches: ["a sampler left at always_off, or a ratio left at 0"],
  example: {
    wrong: { container: { env: [{ name: samplerName, value: "always_off" }] } },
    right: { container: { env: [{ name: samplerName, value: "always_on" }] } },
  },
  check: ofEach((traced) => {
    const sampler = textOf(traced, samplerName);
    const argument = textOf(traced, argumentName);
    if (sampler === undefined) return [];
    if (sampler.endsWith("always_off"))
      return [
        said(traced, samplerName, `is ${JSON.stringify(sampler)}, which keeps no trace`, "parentbased_always_on"),
      ];
    return sampler.endsWith("traceidratio") &&
      argument !== undefined &&
      Number(argument) === 0 &&
      argument.trim() !== ""
      ? [said(traced, argumentName, `is ${JSON.stringify(argument)}, which keeps no trace`, '"0.1"')]
      : [];
  }),
};

const ratio: LintRule = {
  id: "sampler-ratio",
  title: "A ratio sampler has a ratio from 0 to 1.",
  why: "Anything else is refused, and the SDK keeps every trace or none.",
  severity: "error",
  catches: ["a share of traces written as a percentage", "a ratio sampler without its argument"],
  example: {
    wrong: {
      container: {
        env: [
          { name: samplerName, value: "parentbased_traceidratio" },
          { name: argumentName, value: "50%" },
        ],
      },
    },
    right: {
      container: {
        env: [
          { name: samplerName, value: "parentbased_traceidratio" },
          { name: argumentName, value: "0.5" },
        ],
      },
    },
  },
  check: ofEach((traced) => {
    if (!textOf(traced, samplerName)?.endsWith("traceidratio")) return [];
    if (!traced.env.has(argumentName))
      return [
        said(traced, argumentName, "is not set, so all traces are kept; a number from 0 to 1 is needed", '"0.1"'),
      ];
    const argument = textOf(traced, argumentName);
    if (argument === undefined || /^(0(\.\d+)?|0?\.\d+|1(\.0+)?)$/.test(argument.trim())) return [];
    const number = Number.parseFloat(argument);
    const meant = number > 1 && number <= 100 ? number / 100 : 0.1;
    return [
      said(traced, argumentName, `is ${JSON.stringify(argument)}; allowed is a number from 0 to 1`, `"${meant}"`),
    ];
  }),
};

const argumentAlone: LintRule = {
  id: "sampler-argument-alone",
  title: "A sampler's argument stands beside a sampler.",
  why: "Without OTEL_TRACES_SAMPLER nobody reads it, and its presence keeps injection from setting the Instrumentation's sampler.",
  severity: "warning",
  catches: ["OTEL_TRACES_SAMPLER_ARG set by itself", "a preset argument that shadows the Instrumentation's sampler"],
  example: {
    wrong: { container: { env: [{ name: argumentName, value: "0.5" }] } },
    right: {
      container: {
        env: [
          { name: samplerName, value: "parentbased_traceidratio" },
          { name: argumentName, value: "0.5" },
        ],
      },
    },
  },
  check: ofEach((traced) =>
    traced.env.has(argumentName) && !traced.env.has(samplerName)
      ? [said(traced, argumentName, `is set but ${samplerName} is not`, `${samplerName}: parentbased_traceidratio`)]
      : [],
  ),
};

const notParentBased: LintRule = {
  id: "sampler-not-parent-based",
  title: "A ratio is decided once for a trace, by the service where it begins.",
  why: "A service in the middle that decides for itself with another ratio leaves traces with holes.",
  severity: "warning",
  catches: ["services that each decide by a ratio of their own"],
  example: {
    wrong: { spec: { sampler: { type: "traceidratio", argument: "0.25" } } },
    right: { spec: { sampler: { type: "parentbased_traceidratio", argument: "0.25" } } },
  },
  check: ofEach((traced) =>
    traced.own !== undefined &&
    textOf(traced, samplerName) === "traceidratio" &&
    Number(textOf(traced, argumentName)) < 1
      ? [
          said(
            traced,
            samplerName,
            "is traceidratio, which ignores what the caller decided",
            "parentbased_traceidratio",
          ),
        ]
      : [],
  ),
};

const remote: LintRule = {
  id: "sampler-remote",
  title: "A remote sampler is told where its strategies are.",
  why: "It asks localhost by default, where nothing answers, and keeps one trace in a thousand or none.",
  severity: "warning",
  catches: ["jaeger_remote without an endpoint"],
  example: {
    wrong: { container: { env: [{ name: samplerName, value: "jaeger_remote" }] } },
    right: {
      container: {
        env: [
          { name: samplerName, value: "jaeger_remote" },
          { name: argumentName, value: "endpoint=http://jaeger.observability.svc:5778,pollingIntervalMs=5000" },
        ],
      },
    },
  },
  check: ofEach((traced) =>
    textOf(traced, samplerName)?.endsWith("jaeger_remote") &&
    !/endpoint=/.test(traced.env.get(argumentName)?.value ?? "") &&
    traced.env.get(argumentName)?.valueFrom === undefined
      ? [said(traced, argumentName, "names no endpoint", '"endpoint=http://<host>:5778,initialSamplingRate=0.1"')]
      : [],
  ),
};

const none: LintRule = {
  id: "propagators-none",
  title: "Context is handed on.",
  why: "With `none`, even as one of several, services start a trace each.",
  severity: "error",
  catches: ["every service a trace of its own because propagation is off", "`none` beside other propagators"],
  example: {
    wrong: { container: { env: [{ name: propagatorsName, value: "tracecontext,none" }] } },
    right: { container: { env: [{ name: propagatorsName, value: "tracecontext,baggage" }] } },
  },
  check: ofEach((traced) => {
    const text = textOf(traced, propagatorsName);
    return propagatorsOf(text).includes("none")
      ? [
          said(
            traced,
            propagatorsName,
            `is ${JSON.stringify(text)}, which turns propagation off`,
            "tracecontext,baggage",
          ),
        ]
      : [];
  }),
};

const unknownPropagator: LintRule = {
  id: "propagators-unknown",
  title: "Every propagator is one that the specification names.",
  why: "An SDK leaves out what it does not know, or refuses to start.",
  severity: "error",
  catches: ["a misspelt propagator, such as w3c or trace-context"],
  example: {
    wrong: { container: { env: [{ name: propagatorsName, value: "w3c" }] } },
    right: { container: { env: [{ name: propagatorsName, value: "tracecontext,b3" }] } },
  },
  check: ofEach((traced) => {
    const text = textOf(traced, propagatorsName);
    const strange = propagatorsOf(text).filter((name) => !propagators.has(name));
    if (strange.length === 0) return [];
    const allowed = [...propagators].join(", ");
    return [
      said(traced, propagatorsName, `is ${JSON.stringify(text)}; allowed are ${allowed}`, "tracecontext,baggage"),
    ];
  }),
};

const different: LintRule = {
  id: "propagators-differ",
  title: "A workload speaks a propagation format that the Instrumentation speaks too.",
  why: "The callee does not find the caller's context in a format it does not read, and starts a trace of its own.",
  severity: "warning",
  catches: ["the caller sends b3, the callee reads tracecontext"],
  example: {
    wrong: { container: { env: [{ name: propagatorsName, value: "b3" }] } },
    right: { container: { env: [{ name: propagatorsName, value: "b3,tracecontext" }] } },
  },
  check: (subject) => {
    const wanted = [...subject.injected.values()].flatMap(({ propagators: list }) => (Array.isArray(list) ? list : []));
    const formats = wanted.filter((name) => name !== "baggage");
    return subject.traced.flatMap((traced) => {
      const text = textOf(traced, propagatorsName);
      const own = propagatorsOf(text);
      if (formats.length === 0 || own.length === 0 || own.includes("none")) return [];
      if (own.some((name) => formats.includes(name) || !propagators.has(name))) return [];
      const what = `is ${JSON.stringify(text)}, but other workloads of the Instrumentation speak ${formats.join(", ")}`;
      return [said(traced, propagatorsName, what, [...own, ...formats].join(","))];
    });
  },
};

export const samplingRules: readonly LintRule[] = [
  unknown,
  off,
  ratio,
  argumentAlone,
  notParentBased,
  remote,
  none,
  unknownPropagator,
  different,
];
