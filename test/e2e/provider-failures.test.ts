import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { agentImages, images } from "../../infra/versions.ts";
import { kubectl } from "./kubectl.ts";
import { eventually } from "./node-workloads.ts";
import { get, header, namespace, project, timed, up, useTrial } from "./provider-trial.ts";

useTrial();
afterEach(async () => {
  const { code, output } = await up("");
  expect(code, output).toBe(0);
});

/** A Deployment `web` whose one container `app` is as given; the wait may take `seconds`. */
const web = (container: string, seconds = 8) => `
  const labels = { app: "web" };
  new k8s.apps.v1.Deployment("web", {
    metadata: { name: "web", namespace, annotations: { "pulumi.com/timeoutSeconds": "${seconds}" } },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "app", ${container} }] } } },
    // The annotation is meant for the wait until it is ready.
  }, { ...options, customTimeouts: { delete: "5m" } });
`;
const pause = `image: "${images.pause}"`;
// The entry point is a shell. The probe keeps the moment in which it runs from counting as available.
const crashing = `image: "${agentImages.nodejs}", args: ["/no/such/script"], readinessProbe: { tcpSocket: { port: 9 } }`;
const missing = `image: "127.0.0.1:1/not/there:1", imagePullPolicy: "IfNotPresent"`;
const deaf = `${pause}, readinessProbe: { httpGet: { path: "/healthy", port: 9 }, periodSeconds: 1 }`;
/** An `up` that fails. While its pod still says something else than what it is known for (it does so in passing), it is run again. */
const failing = async (program: string, reasons: readonly RegExp[]) => {
  for (let tries = 1; ; tries += 1) {
    const [failed, ms] = await timed(up(program));
    if (tries === 3 || failed.code !== 1 || reasons.every((one) => one.test(failed.output))) return { failed, ms };
  }
};

describe("a workload that does not get ready fails the update", () => {
  test.each([
    [
      "a container that crashes, with its last log lines",
      crashing,
      [/pod web-\S+, container app: CrashLoopBackOff: /, /last exit code 2/, /log: .*\/no\/such\/script/],
    ],
    [
      "an image that is not there",
      missing,
      [/pod web-\S+, container app: (ErrImagePull|ImagePullBackOff): .*127\.0\.0\.1:1\/not\/there:1/],
    ],
    [
      "a probe that fails",
      deaf,
      [/pod web-\S+, container app: running, but not ready/, /Unhealthy: Readiness probe failed: .*:9\/healthy/],
    ],
  ])("naming %s; the corrected program goes on to success", async (_what, container, reasons) => {
    const { failed, ms } = await failing(web(container), reasons);
    expect(failed.code).toBe(1);
    expect(failed.output).toContain(
      `Deployment ${namespace}/web is not ready after 8 s: 0 of 1 replicas are available`,
    );
    for (const reason of reasons) expect(failed.output).toMatch(reason);
    expect(failed.output).not.toMatch(/^\s+at .+:\d+/m);
    // Like the official provider it waits its time out, since such a pod may still recover, and not much longer.
    expect(ms).toBeGreaterThan(8000);

    const { uid } = (await get("deployment", "web")).metadata;
    const [fixed, usual] = await timed(up(web(pause, 120)));
    expect(ms - usual).toBeLessThan(25_000);
    expect(fixed.code, fixed.output).toBe(0);
    expect(fixed.output).toContain("1 updated");
    const live = await get("deployment", "web");
    expect([live.metadata.uid, live.status.availableReplicas]).toEqual([uid, 1]);
  });

  test("and says during the wait what its pods say, long before the time is over", async () => {
    project.write(header() + web(crashing, 300));
    let seconds = 0;
    const begun = Date.now();
    const { code } = await project.pulumi(["up", "--yes", "--skip-preview"], (text, child) => {
      if (seconds > 0 || !/waiting: .*; pod web-\S+, container app: /.test(text)) return;
      seconds = (Date.now() - begun) / 1000;
      child.kill("SIGINT");
    });
    expect(code).not.toBe(0);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(60);
  });

  test("a Job at once when it has failed for good, and a program without change goes on when the cause has gone", async () => {
    const job = (script: string, name: string) => `
      new k8s.batch.v1.Job("${name}", {
        metadata: { name: "${name}", namespace, annotations: { "pulumi.com/timeoutSeconds": "300" } },
        spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers: [{ name: "once", image: "${agentImages.nodejs}", args: ["${script}"] }] } } },
      }, options);`;
    const [failed, ms] = await timed(up(job("/no/such/script", "broken")));
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(/Job \S+\/broken is not ready: the job failed: .*backoff limit/);
    expect(failed.output).toMatch(/pod broken-\S+, container once: Error: exit code 2/);
    expect(failed.output).toMatch(/log: .*\/no\/such\/script/);
    expect(ms).toBeLessThan(120_000);

    const late = web(`${pause}, envFrom: [{ configMapRef: { name: "by-hand" } }]`);
    const reason = /CreateContainerConfigError: .*by-hand/;
    expect((await failing(late, [reason])).failed.output).toMatch(reason);
    await kubectl("-n", namespace, "create", "configmap", "by-hand");
    await eventually(120_000, async () => (await get("deployment", "web")).status.availableReplicas === 1 || undefined);
    const again = await up(late);
    expect(again.code, again.output).toBe(0);
    expect((await up(late)).output).toContain("3 unchanged");
  });
});

describe("Ctrl-C during a wait", () => {
  test("ends the command in a few seconds, and the next up succeeds", async () => {
    project.write(header() + web(missing, 300));
    // In a process group of its own, which a terminal's Ctrl-C reaches as a whole.
    const child = spawn(join(project.stateDir, "bin/pulumi"), ["up", "--yes", "--skip-preview", "--non-interactive"], {
      cwd: project.dir,
      env: { ...process.env, ...project.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    const hear = (chunk: Buffer) => {
      output += chunk;
    };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", hear);
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await eventually(60_000, async () => output.includes("waiting: ") || undefined);
    process.kill(-(child.pid as number), "SIGINT");
    const [code, ms] = await timed(ended);
    expect(code).not.toBe(0);
    expect(ms).toBeLessThan(30_000);
    expect(output).toContain(`Deployment ${namespace}/web was applied, but not yet ready`);
    expect(output).not.toMatch(/^\s+at .+:\d+/m);

    const { uid } = (await get("deployment", "web")).metadata;
    const next = await up(web(pause, 120));
    expect(next.code, next.output).toBe(0);
    expect(next.output).not.toContain("pending operations");
    expect((await get("deployment", "web")).metadata.uid).toBe(uid);
  });
});
