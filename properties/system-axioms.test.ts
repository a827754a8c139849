/**
 * Each step of the machine that the system takes is one that its axioms allow, and crossings leave nothing behind: every
 * rule is broken by one step that is told otherwise than it was, or by one word where nobody should write.
 */
import { describe, expect, test } from "vitest";
import { axiomRules } from "../fuzz/system/oracle/axiom-rules.ts";
import { perms } from "../impl/intravisor/forge.ts";
import { GATE } from "../impl/intravisor/gate-code.ts";
import type { StepEvent } from "../model/contract.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { played, type Tampering } from "./system-tampering.ts";

const wordOf = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words[0]!;
const gate: readonly number[] = assembleProgram(GATE, { capabilityMode: true }).words;
/** The branch behind the exchange of the mark. */
const markTest = gate[gate.indexOf(wordOf("amoswap.d x5, x5, (c6)", true)) + 1]!;
const NOTHING = wordOf("addi x0, x0, 0", true);

/** Tells of every step that an instruction takes what somebody makes of it. */
function instead(text: string, capabilityMode: boolean, change: (event: StepEvent) => StepEvent) {
  const word = wordOf(text, capabilityMode);
  return (event: StepEvent) => (event.word === word && event.trap === null ? change(event) : event);
}

const breaks: Record<keyof typeof axiomRules, Tampering> = {
  loads: {
    after: "probe",
    records: instead("ld.cap x28, (c5)", false, (event) => ({
      ...event,
      read: { ...event.read!, address: 0x8000_0000n },
    })),
  },
  stores: {
    after: "probe",
    records: instead("sd.cap x28, (c6)", false, (event) => ({
      ...event,
      write: { ...event.write!, address: 0x8000_0000n },
    })),
  },
  derivations: {
    after: "probe",
    records: ({ register, ...event }) =>
      register?.kind === "capability" && register.value.tag && event.read === null
        ? { ...event, register: { ...register, value: { ...register.value, top: register.value.top + 1n } } }
        : { ...event, register },
  },
  jumps: {
    after: "pread",
    records: instead("jalr x0, 0(x1)", false, (event) => ({ ...event, pcAfter: 0x8000_0000n })),
  },
  system: {
    after: "probe",
    records: instead("cspecialrw c7, pcc, c0", false, ({ register, ...event }) => ({
      ...event,
      word: wordOf("cspecialrw c7, mscratchc, c0", false),
      authority: 0x20,
      source: 0x3e,
      register:
        register?.kind === "capability"
          ? { ...register, value: { ...register.value, tag: false } }
          : register,
    })),
  },
  claims: { after: "pread", records: (event) => ({ ...event, cleared: event.cleared | (1 << 9) }) },
  wayIn: {
    after: "pread",
    does(hand) {
      const { gateBase, gateSize } = hand.system.probe.places;
      hand.plant(hand.storeOf("b"), {
        base: gateBase,
        size: gateSize,
        address: gateBase + 4,
        perms: perms.global | perms.execute | perms.cinvoke | perms.system,
        capabilityMode: true,
        otype: hand.cvm("b").otype,
      });
    },
  },
  mark: {
    after: "pwrite",
    records: (event) =>
      event.word === markTest ? { ...event, word: NOTHING, authority: null, source: null } : event,
  },
  wayOut: {
    after: "pwrite",
    records: instead("cclear 0, 160", true, (event) => ({ ...event, word: NOTHING, cleared: 0 })),
  },
  target: {
    after: "sleep",
    does: (hand) => hand.poke(hand.blockOf("a.1") + hand.system.probe.places.block.target, [0x10]),
  },
};

describe("axioms of the machine, in the system", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = axiomRules[key as keyof typeof axiomRules];
    const { violation } = played(tampering, ["A"]);
    expect(violation?.rule, violation?.text.join("; ")).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  test("hold for every step of guests, gate, stubs and copies", () => {
    const { violation, judged } = played(null, ["A"]);
    expect(violation).toBeNull();
    expect(judged.counts().filter(({ held }) => held === 0)).toEqual([]);
  });
});
