import { array, assert as check, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseSubnet } from "../../../../sandbox/node/network.ts";

const number = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

describe("chooseSubnet", () => {
  it("gives the two usable addresses of a /30 under 10.250.0.0/16, the same ones each time", () => {
    const subnet = chooseSubnet("tl-000001", [])!;
    expect(subnet.hostAddress).toMatch(/^10\.250\.\d+\.\d+$/);
    expect(number(subnet.hostAddress) % 4).toBe(1);
    expect(number(subnet.nodeAddress)).toBe(number(subnet.hostAddress) + 1);
    expect(chooseSubnet("tl-000001", [])).toEqual(subnet);
    expect(chooseSubnet("tl-000002", [])).not.toEqual(subnet);
  });

  it("moves on when somebody uses any part of it", () => {
    const { hostAddress, nodeAddress } = chooseSubnet("tl-000001", [])!;
    for (const taken of [
      { address: hostAddress, prefix: 30 },
      { address: nodeAddress, prefix: 32 },
      { address: hostAddress, prefix: 24 },
    ]) {
      expect(chooseSubnet("tl-000001", [taken])).not.toEqual({ hostAddress, nodeAddress });
    }
  });

  it("never gives one that overlaps a taken network", () => {
    const networks = array(record({ third: integer({ min: 0, max: 255 }), prefix: integer({ min: 17, max: 32 }) }), {
      maxLength: 20,
    });
    check(
      property(networks, (list) => {
        const taken = list.map(({ third, prefix }) => ({ address: `10.250.${third}.9`, prefix }));
        const subnet = chooseSubnet("tl-abcdef", taken);
        if (!subnet) return;
        const start = number(subnet.hostAddress) - 1;
        for (const { address, prefix } of taken) {
          const mask = 2 ** (32 - prefix);
          for (let offset = 0; offset < 4; offset++) {
            expect(Math.floor((start + offset) / mask)).not.toBe(Math.floor(number(address) / mask));
          }
        }
      }),
    );
  });

  it("gives nothing when all is taken", () => {
    expect(chooseSubnet("tl-000001", [{ address: "10.0.0.0", prefix: 8 }])).toBeUndefined();
  });
});
