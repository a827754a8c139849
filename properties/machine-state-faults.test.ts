import { describe, expect, test } from "vitest";
import { stateOracle } from "../fuzz/oracle/state/oracle.ts";
import { createModel } from "../model/machine/reference.ts";
import { type ClauseFault, clauseBroken } from "./clause-faults.ts";

const { ramBase, ramSize } = createModel();
const oracle = stateOracle(ramBase, ramSize);

const REFERENCE = "model/machine/reference.ts";
const MACHINE = "model/machine/machine.ts";
const TRAPS = "model/machine/traps.ts";
const ACCESS = "model/machine/access.ts";

const ofSteps: readonly ClauseFault[] = [
  [
    "chain_order",
    "injected steps are not counted",
    REFERENCE,
    "inject: (word) => step(machine, order++, word),",
    "inject: (word) => step(machine, order, word),",
  ],
  [
    "chain_pc",
    "bit 1 of pc is lost between steps",
    REFERENCE,
    "machine.pc = machine.nextPc;\n\n",
    "machine.pc = machine.nextPc & ~2n;\n\n",
  ],
  ["chain_mode", "a trap stays in user mode", TRAPS, "machine.privilege = 3;\n", ""],
  [
    "word_form",
    "a word is signed",
    REFERENCE,
    "wide ? unsigned(given) : given & 0xffff",
    "wide ? given | 0 : given & 0xffff",
  ],
  [
    "pc_form",
    "capability jumps keep bit 0",
    "model/isa/cheri-control.ts",
    "return BigInt.asUintN(64, address) & ~1n;",
    "return BigInt.asUintN(64, address);",
  ],
  [
    "register_form",
    "integers are not cut to 64 bits",
    MACHINE,
    "const kept = BigInt.asUintN(64, value);",
    "const kept = value;",
  ],
  ["trap_alone", "a trapped step keeps its source", MACHINE, "effects.source = null;\n", ""],
  [
    "trap_form",
    "the register of a capability exception is shifted too far",
    "model/machine/causes.ts",
    "(BigInt(index) << 5n) | kind",
    "(BigInt(index) << 6n) | kind",
  ],
];

const ofAccesses: readonly ClauseFault[] = [
  [
    "access_in_ram",
    "stores are reported at their place in RAM",
    ACCESS,
    "machine.effects.write = { address, size, data, tag: false };",
    "machine.effects.write = { address: address - machine.memory.base, size, data, tag: false };",
  ],
  [
    "access_form",
    "CLoadTags reads half a line",
    ACCESS,
    "address, size: LINE, data: tags",
    "address, size: LINE / 2, data: tags",
  ],
  [
    "access_aligned",
    "reservations need no alignment",
    ACCESS,
    "bounds(authority, index, address, size) ??\n    aligned(address, size, cause.misalignedLoad);",
    "bounds(authority, index, address, size);",
  ],
  [
    "tag_known",
    "the tag of the next granule is loaded",
    ACCESS,
    "const tag = memory.tagAt(address);",
    "const tag = memory.tagAt(address ^ 16n);",
  ],
];

const ofCapabilities: readonly ClauseFault[] = [
  [
    "fields_fit",
    "CSetFlags sets two bits",
    "model/capability/narrow.ts",
    "flags & format.flagsMask",
    "flags & 3n",
  ],
  [
    "otype_permitted",
    "reserved types seal",
    "model/capability/seal.ts",
    "authority.address <= otypeMax(format);",
    "authority.address <= format.otypeMask;",
  ],
  [
    "bounds_ordered",
    "the top bit of top is not corrected",
    "model/capability/bounds.ts",
    "if (exponent < exponentMax - 1n && apart > 1n) return { base, top: top ^ (1n << addressBits) };",
    "if (apart > 4n) return { base, top };",
  ],
  [
    "bounds_encoded",
    "CSetBounds does not round what it reports",
    "model/capability/narrow.ts",
    "withBounds(cap, base, field, boundsAt(format, field, base))",
    "withBounds(cap, base, field, { base, top: top & format.lengthMask })",
  ],
];

const ofEnds: readonly ClauseFault[] = [
  [
    "end_registers",
    "CClear reports and does nothing",
    MACHINE,
    "clearRegister(index) {\n      registers[index] = 0n;",
    "clearRegister() {",
  ],
  [
    "end_specials",
    "MSCRATCHC is reported and not written",
    "model/machine/specials.ts",
    "else machine.specials[number] = value;",
    "else if (number !== 30) machine.specials[number] = value;",
  ],
  [
    "end_hart",
    "the state shows another mode",
    REFERENCE,
    "mode: machine.privilege,\n    registers",
    "mode: 1,\n    registers",
  ],
  [
    "end_memory",
    "the state shows no tags",
    "model/machine/memory.ts",
    "tag: tags[granule] === 1,",
    "tag: false,",
  ],
];

const faults = [...ofSteps, ...ofAccesses, ...ofCapabilities, ...ofEnds];

describe("a model whose state is malformed is found out by itself", () => {
  test.each(faults)("%s: %s", async (...fault) => {
    expect(await clauseBroken(oracle, fault)).toBe(fault[0]);
  });

  test("and there is a fault for every clause", () => {
    expect(faults.map(([clause]) => clause).sort()).toEqual([...oracle.clauses].sort());
  });
});
