import { expect, it } from "vitest";
import { status } from "../../sandbox/node/cluster.ts";
import { restartPods } from "../../sandbox/node/restart-pods.ts";
import { coreApi, eventually, importWaiter, runWaiters, waiterImage } from "./node-workloads.ts";

it("imports an image again when its name stands for other content, and starts its pods anew", async () => {
  const cluster = (await status())!;
  const [one, other] = [await importWaiter(cluster, "one"), await importWaiter(cluster, "one")];
  expect([one, other]).toEqual([[], []]);
  const core = coreApi(cluster);
  const remove = await runWaiters(cluster);
  const waiter = () =>
    eventually(60_000, async () => {
      const { items } = await core.listNamespacedPod({ namespace: "default", labelSelector: "app=waiter" });
      const [status] = items[0]?.status?.containerStatuses ?? [];
      return items.length === 1 && status?.ready ? { uid: items[0]?.metadata?.uid, image: status.imageID } : undefined;
    });
  const before = await waiter();

  expect(await importWaiter(cluster, "two", (reference) => restartPods(cluster, reference))).toEqual([waiterImage]);
  const after = await waiter();
  expect(after.uid).not.toBe(before.uid);
  expect(after.image).not.toBe(before.image);

  expect(await importWaiter(cluster, "one")).toEqual([waiterImage]);
  await restartPods(cluster, waiterImage);
  expect((await waiter()).image).toBe(before.image);
  await remove();
});
