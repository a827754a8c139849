/**
 * What a cVM can reach is what it was given (I-1): every rule is broken by one capability too many, too wide, or missing,
 * wherever it lies.
 */
import { describe, expect, test } from "vitest";
import { reachableRules } from "../fuzz/system/oracle/reachable-rules.ts";
import { perms } from "../impl/intravisor/forge.ts";
import { type Hand, played, type Tampering } from "./system-tampering.ts";

const DATA = perms.load | perms.store;
const CODE = perms.global | perms.execute | perms.load | perms.loadCap;
const SEAL = 0x80;
const [PCC, DDC, BUFFER] = [0x20, 0x21, 27];

const part = (base: number, size: number, allowed: number) => ({ base, size, perms: allowed });

/** A half of a gate pair for a thread block, as b would have it but for the type. */
function pair(hand: Hand, otype: number) {
  const { gateBase, gateSize, blockBytes } = hand.system.probe.places;
  const gate = { ...part(gateBase, gateSize, perms.global | perms.execute | perms.cinvoke), otype };
  const block = { ...part(hand.blockOf("b.0"), blockBytes, DATA | perms.cinvoke), otype };
  return { gate: { ...gate, capabilityMode: true }, block };
}

const breaks: Record<keyof typeof reachableRules, Tampering> = {
  registers: {
    after: "pread",
    does: (hand) => hand.hold("b.0", 9, part(hand.cvm("a").dataBase, 4096, perms.load)),
  },
  pcc: { after: "pread", does: (hand) => hand.hold("b.0", PCC, part(hand.cvm("b").codeBase, 4096, CODE)) },
  ddc: { after: "narrow", does: (hand) => hand.hold("b.0", DDC, part(hand.cvm("b").dataBase, 0x4000, DATA)) },
  buffer: { after: "enter", does: (hand) => hand.set("b.0", BUFFER, 0n) },
  store: { after: "probe", does: (hand) => hand.erase(hand.recordOf("b", 0)) },
  sealed: { after: "time", does: (hand) => hand.plant(hand.storeOf("b") + 0x60, pair(hand, 5).block) },
  ownType: {
    after: "create b",
    does(hand) {
      const { gate, block } = pair(hand, hand.cvm("a").otype);
      hand.plant(hand.storeOf("b"), gate);
      hand.plant(hand.storeOf("b") + 16, block);
    },
  },
  pairs: { after: "time", does: (hand) => hand.erase(hand.storeOf("b")) },
  noSealing: { after: "pread", does: (hand) => hand.hold("b.0", 9, part(0x100, 16, SEAL)) },
  noSystem: {
    after: "pread",
    does: (hand) => hand.hold("b.0", 9, part(hand.cvm("b").codeBase, 4096, perms.system)),
  },
  noCapabilityStore: {
    after: "pread",
    does: (hand) => hand.hold("b.0", 9, part(hand.cvm("b").dataBase, 4096, DATA | perms.storeCap)),
  },
  writeOrExecute: {
    after: "pread",
    does: (hand) => hand.hold("b.0", 9, part(hand.cvm("b").codeBase, 4096, perms.store | perms.execute)),
  },
  untaggedMemory: {
    after: "last",
    does: (hand) => hand.plant(hand.cvm("a").dataBase + 0x2000, part(hand.cvm("a").dataBase, 16, DATA)),
  },
  gate: {
    after: "sleep",
    does: (hand) => hand.hold("a.1", 9, part(hand.cvm("b").dataBase, 4096, perms.load)),
  },
  local: {
    after: "sleep",
    does: (hand) => hand.hold("a.1", 31, part(hand.blockOf("a.1"), 512, DATA | perms.global)),
  },
};

/** What was let through in the gate once: registers that it has used, but not for this. */
const inGate: Readonly<Record<string, Tampering>> = {
  "the data of another cVM where DDC was": {
    after: "sleep",
    does: (hand) => hand.hold("a.1", 5, part(hand.cvm("b").dataBase, 4096, DATA)),
  },
  "the code of another cVM where PCC is to be": {
    after: "sleep",
    does: (hand) => hand.hold("a.1", 6, part(hand.cvm("b").codeBase, 4096, CODE)),
  },
  "a buffer of another cVM": {
    after: "sleep",
    does: (hand) => hand.hold("a.1", BUFFER, part(hand.cvm("b").dataBase, 16, perms.load)),
  },
  "its own block where the guest could find it": {
    after: "sleep",
    does: (hand) => hand.hold("a.1", 9, part(hand.blockOf("a.1"), 512, DATA)),
  },
};

describe("reachable authority", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = reachableRules[key as keyof typeof reachableRules];
    const { violation } = played(tampering, ["M"]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  test.each(Object.entries(inGate))("gate: %s is seen", (_, tampering) => {
    expect(played(tampering, ["M"]).violation?.rule).toBe(reachableRules.gate.name);
  });

  // The other half: what was granted is there to be used, and nothing of that is against a rule.
  test("allows what was granted, opened and passed on for a call", () => {
    expect(played(null, ["M"]).violation).toBeNull();
  });
});
