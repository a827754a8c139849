import { describe, expect, test } from "vitest";
import { createModel } from "../machine/reference.ts";
import { assembleProgram } from "./index.ts";

const RAM = 0x80000000n;
/** x5 = c6's address = the first address of RAM; c6 root. */
const SETTING = "addi x5, x0, 1\nslli x5, x5, 31\ncsetaddr c6, c31, x5\n";
const CAPABILITY_MODE = `${SETTING}addi x10, x0, 1\ncsetflags c10, c6, x10\njalr.cap c0, c10\n`;

function run(text: string) {
  const model = createModel();
  const events = assembleProgram(text).words.map((word) => model.inject(word));
  return { model, events, last: events.at(-1)! };
}

describe("capabilities in memory", () => {
  test("come back whole; a byte stored over them takes the tag and leaves the rest", () => {
    const { last } = run(
      `${SETTING}csetboundsimm c7, c6, 48\nsc c7, 16(x5)\nlc c8, 16(x5)\ncseqx x9, c7, c8`,
    );
    expect(last.register).toMatchObject({ value: 1n });
    const torn = run(`${SETTING}sc c6, 16(x5)\nsb x0, 31(x5)\nlc c8, 16(x5)`).last;
    expect(torn.register).toMatchObject({ value: { tag: false } });
    expect(torn.read).toMatchObject({ address: RAM + 16n, size: 16, tag: false });
  });

  test("are loaded untagged without permission to load capabilities, which memory still holds tagged", () => {
    const noLoadCap = "addi x7, x0, -17\ncandperm c7, c6, x7\n";
    const { last, model } = run(`${SETTING}${noLoadCap}sc c6, 0(x5)\nlc.cap c8, (c7)`);
    expect(last.register).toMatchObject({ kind: "capability", value: { tag: false, address: RAM } });
    expect(last.read).toMatchObject({ tag: true });
    expect(model.tagAt(RAM)).toBe(true);
  });

  test("show their tags a line at a time, lowest granule first", () => {
    const { last } = run(`${SETTING}sc c6, 16(x5)\nsc c6, 48(x5)\nsc c0, 32(x5)\ncloadtags x7, (c6)`);
    expect(last.register).toMatchObject({ kind: "integer", value: 0b1010n });
    expect(last.read).toEqual({ address: RAM, size: 64, data: 0b1010n, tag: false });
  });
});

describe("a swap of capabilities", () => {
  test("gives what was there and stores what was given", () => {
    const { last, model } = run(`${SETTING}sc c6, 0(x5)\namoswap.c c7, c0, (x5)`);
    expect(last).toMatchObject({ read: { tag: true }, write: { tag: false, data: 0n } });
    expect(last.register).toMatchObject({ value: { tag: true, address: RAM } });
    expect(model.tagAt(RAM)).toBe(false);
  });
});

describe("reservations", () => {
  // The authoritative model uses twice the address here; see cheri-load-reserved.ts.
  test("lr.c.cap uses the address of its capability", () => {
    const { last, model } = run(`${SETTING}lr.c.cap c7, (c6)`);
    expect(last).toMatchObject({ trap: null, read: { address: RAM } });
    expect(model.state().reservation).toBe(RAM);
  });

  test("forms without a destination write the status over what they stored", () => {
    const { events, model } = run(`${SETTING}lr.d.cap x7, (c6)\nsc.d.cap x5, (c6)\nsc.c.ddc c6, (x6)`);
    expect(events.at(-2)).toMatchObject({ register: { kind: "integer", index: 5, value: 0n } });
    expect(events.at(-2)!.write).toMatchObject({ size: 8, data: RAM });
    expect(events.at(-1)).toMatchObject({
      register: { kind: "capability", index: 6, value: { address: 1n } },
    });
    expect(model.state().registers[6]).toMatchObject({ tag: false, address: 1n });
  });
});

describe("16-bit forms in capability mode", () => {
  test.each([
    ["c.csc c10, 496(c8)", 496n],
    ["c.csc c10, 0(c8)", 0n],
    ["c.cscsp c10, 1008(csp)", 1008n],
    ["c.cscsp c10, 16(csp)", 16n],
  ])("%s stores at its offset", (text, offset) => {
    const { last } = run(`${CAPABILITY_MODE}cmove c8, c6\ncmove c2, c6\n${text}`);
    expect(last.write).toMatchObject({ address: RAM + offset, size: 16 });
    const load = text.replace("csc", "clc").replace("csc", "clc");
    expect(run(`${CAPABILITY_MODE}cmove c8, c6\ncmove c2, c6\n${load}`).last.read).toMatchObject({
      address: RAM + offset,
    });
  });

  test("move the stack pointer as capabilities", () => {
    const down = run(`${CAPABILITY_MODE}cmove c2, c6\nc.cincoffset16csp -512`).last;
    expect(down).toMatchObject({
      source: 2,
      register: { index: 2, value: { tag: true, address: RAM - 512n } },
    });
    const up = run(`${CAPABILITY_MODE}cmove c2, c6\nc.cincoffset4cspn c9, 1020`).last;
    expect(up).toMatchObject({
      source: 2,
      register: { index: 9, value: { tag: true, address: RAM + 1020n } },
    });
  });
});

describe("cclear", () => {
  test("makes the named registers null, and tells them as a mask", () => {
    const { last, model } = run(`${SETTING}cclear 3, 129`);
    expect(last).toMatchObject({ cleared: 0x81000000, register: null, source: null });
    const cleared = model.state().registers.flatMap(({ tag }, index) => (tag ? [] : [index]));
    // x0 and x5 were integers.
    expect(cleared).toEqual([0, 5, 24, 31]);
  });

  test("means DDC where it names c0", () => {
    const { last, model } = run("cclear 0, 1");
    expect(last).toMatchObject({ cleared: 1, specials: [{ scr: 1, value: { tag: false } }] });
    expect(model.special(1).tag).toBe(false);
  });
});
