import { describe, expect, test } from "vitest";
import type { StepEvent } from "../../model/contract.ts";
import { createModel } from "../../model/machine/reference.ts";
import { compareObservation, type Strictness } from "./compare.ts";
import { type Observation, observe } from "./observation.ts";

const SETUP = [0x0010_0113, 0x01f1_1113]; // addi x2, x0, 1; slli x2, x2, 31

/** The last event of some words on the model. */
function eventOf(...words: readonly number[]): StepEvent {
  const model = createModel();
  return words.map((word) => model.inject(word)).at(-1)!;
}

const addi = eventOf(0x0070_0093); // addi x1, x0, 7
const narrow = eventOf(0x409d); // c.li x1, 7
const storeCap = eventOf(...SETUP, 0x0031_4023); // sc c3, 0(x2)
const loadCap = eventOf(...SETUP, 0x0001_220f); // lc c4, 0(x2)
const illegal = eventOf(0x0000_0000);
const tags = eventOf(...SETUP, 0xff21_02db); // cloadtags x5, c2

/** The fields that differ once a right answer is changed. */
function differing(
  event: StepEvent,
  change: Partial<Observation>,
  strictness: Strictness = "relaxed",
): string[] {
  const changed = { ...observe(event), ...change };
  return compareObservation(event, changed, strictness).map(({ field }) => field);
}

describe("a right answer", () => {
  test.each([addi, narrow, storeCap, loadCap, illegal, tags])("agrees in every field", (event) => {
    expect(differing(event, {})).toEqual([]);
    expect(differing(event, {}, "strict")).toEqual([]);
  });

  test("agrees where nothing is to be compared", () => {
    const untold = { order: 99n, intr: 1, valid: 0, rs1_addr: 3, rs1_rdata: 4n, rs2_addr: 5, rs2_rdata: 6n };
    expect(differing(addi, { ...untold, pc_rdata: 1n, mem_addr: 8n, mem_wdata: 9n })).toEqual([]);
    expect(differing(illegal, { insn: 5n, rd_addr: 7, rd_wdata: 9n, mem_addr: 8n, mem_wmask: 3 })).toEqual(
      [],
    );
    expect(differing(storeCap, { rd_addr: 0, rd_wdata: 123n })).toEqual([]);
    expect(differing(addi, { mode: null, ixl: null })).toEqual([]);
  });

  test("may show more of a compressed word than the instruction", () => {
    expect(differing(narrow, { insn: 0xffff_409dn })).toEqual([]);
    expect(differing(addi, { insn: 0x1_0070_0093n })).toEqual([]);
  });
});

describe("a wrong answer differs in", () => {
  test.each([
    ["halt", addi, { halt: 1 }, ["halt"]],
    ["insn", addi, { insn: 0x13n }, ["insn"]],
    ["trap", addi, { trap: 1 }, ["trap"]],
    ["no trap", illegal, { trap: 0 }, ["trap"]],
    ["mode", addi, { mode: 0 }, ["mode"]],
    ["ixl", addi, { ixl: 1 }, ["ixl"]],
    ["pc_wdata", illegal, { pc_wdata: 4n }, ["pc_wdata"]],
    ["rd_addr", addi, { rd_addr: 2 }, ["rd_addr"]],
    ["rd_wdata", addi, { rd_wdata: 8n }, ["rd_wdata"]],
    ["mem_wmask", storeCap, { mem_wmask: 0xff }, ["mem_wmask", "mem_wdata"]],
    ["a store that was not made", storeCap, { mem_wmask: 0 }, ["mem_wmask"]],
    ["a store that was not asked for", addi, { mem_wmask: 1 }, ["mem_wmask"]],
    ["mem_addr", storeCap, { mem_addr: 8n }, ["mem_addr"]],
    ["mem_wdata", storeCap, { mem_wdata: 1n }, ["mem_wdata"]],
  ] as const)("%s", (_, event, change, fields) => {
    expect(differing(event, change)).toEqual(fields);
  });

  test("what was read, if that is compared at all", () => {
    for (const change of [{ mem_rdata: 1n }, { mem_addr: 8n }, { mem_rmask: 0 }]) {
      expect(differing(loadCap, change)).toEqual([]);
      expect(differing(loadCap, change, "strict")).toEqual(Object.keys(change));
    }
    expect(differing(tags, { mem_rdata: 1n }, "strict")).toEqual([]);
  });
});

describe("version 1", () => {
  const one = { version: 1, mode: null, ixl: null } as const;

  test("tells 8 bytes of memory", () => {
    const told = { ...one, mem_wmask: 0xff, mem_wdata: observe(storeCap).mem_wdata & 0xffff_ffff_ffff_ffffn };
    expect(differing(storeCap, told)).toEqual([]);
    expect(differing(storeCap, { ...told, mem_wdata: 1n })).toEqual(["mem_wdata"]);
    expect(differing(storeCap, { ...told, mem_wmask: 0xf })).toEqual(["mem_wmask"]);
  });
});
