import { describe, expect, test } from "vitest";
import { axiomOracle } from "../fuzz/oracle/axiom/oracle.ts";
import { type ClauseFault, clauseBroken } from "./clause-faults.ts";

const oracle = axiomOracle();

const ACCESS = "model/machine/access.ts";
const CHECKS = "model/machine/checks.ts";
const CONTROL = "model/machine/control.ts";
const SEAL = "model/capability/seal.ts";
const NARROW = "model/capability/narrow.ts";
const ISA_CONTROL = "model/isa/cheri-control.ts";

const universal: readonly ClauseFault[] = [
  [
    "execute",
    "fetches do not check bounds",
    "model/machine/fetch.ts",
    "if (!inBounds(machine.pcc, machine.pc, 2)) return capabilityTrap(violation.length, PCC);",
    "",
  ],
  [
    "exception",
    "MEPCC has every permission",
    "model/machine/traps.ts",
    "const epcc = currentPcc(machine);",
    "const epcc = { ...currentPcc(machine), perms: 0xffffn };",
  ],
  [
    "memory_invariant",
    "an update writes beside what it read",
    ACCESS,
    "return write(machine, index, address, size, update(loaded)) ?? loaded;",
    "return write(machine, index, address ^ BigInt(size), size, update(loaded)) ?? loaded;",
  ],
  [
    "claimed_authority",
    "integer mode is authorized by the base register",
    ACCESS,
    "return machine.capabilityMode ? base : DDC;",
    "return base;",
  ],
  [
    "claimed_source",
    "CFromPtr does not take c0 for DDC",
    "model/isa/cheri-modify.ts",
    "return derive(machine, cd, result, indexOrDdc(cs1));",
    "return derive(machine, cd, result, cs1);",
  ],
  [
    "covered",
    "CInvoke leaves data in c30",
    ISA_CONTROL,
    "const INVOKED_DATA = 31;",
    "const INVOKED_DATA = 30;",
  ],
];

const axioms: readonly ClauseFault[] = [
  [
    "read_reg",
    "MRET needs no permission",
    "model/machine/traps.ts",
    "if (!permits(machine.pcc, permission.accessSystemRegisters)) {",
    "if (machine.privilege !== 3) {",
  ],
  [
    "write_reg",
    "special registers are written without permission",
    "model/machine/specials.ts",
    "if (rule.system && !permits",
    "if (rule.system && !writes && !permits",
  ],
  [
    "load_mem",
    "loads need no permission",
    CHECKS,
    "return permits(authority, permission.load) ? null : capabilityTrap(violation.permitLoad, index);",
    "return null;",
  ],
  [
    "store_mem",
    "stores need no permission",
    CHECKS,
    "return permits(authority, permission.store) ? null : capabilityTrap(violation.permitStore, index);",
    "return null;",
  ],
  [
    "store_tag",
    "a tag is stored beside its granule",
    ACCESS,
    "machine.effects.write = { address, size: CAPABILITY, data, tag: value.tag };",
    "machine.effects.write = { address: address + 8n, size: CAPABILITY, data, tag: value.tag };",
  ],
  [
    "store_cap_mem",
    "a stored capability gains permissions",
    ACCESS,
    "const data = memoryFromCapability(value);",
    "const data = memoryFromCapability({ ...value, perms: 0xffffn });",
  ],
  [
    "store_cap_reg",
    "CSetBounds does not look at its source's bounds",
    NARROW,
    "result: clearTagIf(result, !covers(cap, base, base + length))",
    "result",
  ],
];

const memory: readonly ClauseFault[] = [
  [
    "load_data",
    "LW reads eight bytes",
    "model/isa/loads-stores.ts",
    "execute: loading(4, (loaded) => BigInt.asIntN(32, loaded)),",
    "execute: loading(8, (loaded) => BigInt.asIntN(32, loaded)),",
  ],
  [
    "store_data",
    "SW writes eight bytes",
    "model/isa/loads-stores.ts",
    "execute: storing(4),",
    "execute: storing(8),",
  ],
  [
    "load_capability",
    "tags are loaded without Load_Cap",
    ACCESS,
    "tag && permits(capabilityAt(machine, index), permission.loadCap)",
    "tag",
  ],
  [
    "store_capability",
    "tags are stored without Store_Cap",
    CHECKS,
    "if (!permits(authority, permission.storeCap)) return capabilityTrap(violation.permitStoreCap, index);",
    "",
  ],
  [
    "store_local_capability",
    "local capabilities are stored without Store_Local_Cap",
    CHECKS,
    "if (permits(value, permission.global) || permits(authority, permission.storeLocalCap)) return null;",
    "return null;",
  ],
  [
    "load_tags",
    "tags are read without Load_Cap",
    CHECKS,
    "return permits(authority, permission.loadCap) ? null : capabilityTrap(violation.permitLoadCap, index);",
    "return null;",
  ],
];

const derivation: readonly ClauseFault[] = [
  [
    "restrict",
    "sealed capabilities can be moved",
    "model/capability/address.ts",
    "const result = moved(format, clearTagIfSealed(format, cap), address);\n  return clearTagIf(result, result.base",
    "const result = moved(format, cap, address);\n  return clearTagIf(result, result.base",
  ],
  ["seal", "sealing needs no permission", SEAL, "permits(authority, permission.seal) &&", ""],
  ["unseal", "any type is unsealed", SEAL, "authority.address === cap.otype &&", ""],
  [
    "seal_entry",
    "sealed capabilities become sentries",
    "model/isa/cheri-seal.ts",
    "sealEntry(clearTagIfSealed(machine.readCap(cs1)))",
    "sealEntry(machine.readCap(cs1))",
  ],
  [
    "rebuild",
    "a sealed authority rebuilds",
    NARROW,
    "bounded(format, clearTagIfSealed(format, authority), wanted.base, wanted.top)",
    "bounded(format, unseal(format, authority), wanted.base, wanted.top)",
  ],
  [
    "link",
    "links are not sealed",
    CONTROL,
    "return sealEntry(movedTo(machine.pcc, machine.nextPc));",
    "return movedTo(machine.pcc, machine.nextPc);",
  ],
];

const control: readonly ClauseFault[] = [
  [
    "jump",
    "jumps leave PCC",
    CONTROL,
    "if (!inBounds(machine.pcc, target, SMALLEST)) return capabilityTrap(violation.length, PCC);",
    "",
  ],
  [
    "jump_capability",
    "sentries are entered at an offset",
    ISA_CONTROL,
    "isSentry(source) && offset === 0n",
    "isSentry(source)",
  ],
  [
    "invoke",
    "pairs of two types are invoked",
    ISA_CONTROL,
    "if (code.otype !== data.otype) return capabilityTrap(violation.type, cs1);",
    "",
  ],
  [
    "return",
    "a return breaks any seal",
    "model/machine/specials.ts",
    "return isSentry(target) ? unseal(target) : target;",
    "return unseal(target);",
  ],
  [
    "never_retires",
    "FPClear retires",
    "model/isa/cheri-special.ts",
    "execute: illegal,",
    "execute: () => retire,",
  ],
];

const system: readonly ClauseFault[] = [
  [
    "special_register",
    "user mode reaches machine mode's special registers",
    "model/machine/specials.ts",
    " || machine.privilege < rule.privilege",
    "",
  ],
  [
    "system_register",
    "user mode reaches machine mode's CSRs",
    "model/machine/csrs.ts",
    " || privilege > machine.privilege",
    "",
  ],
  [
    "clear",
    "CClear reports the next eight registers",
    "model/isa/cheri-special.ts",
    "machine.effects.cleared = m * 2 ** (8 * q);",
    "machine.effects.cleared = m * 2 ** (8 * ((q + 1) & 3));",
  ],
];

const faults = [...universal, ...axioms, ...memory, ...derivation, ...control, ...system];

describe("a model that gives more authority than it may is found out by itself", () => {
  test.each(faults)("%s: %s", async (...fault) => {
    expect(await clauseBroken(oracle, fault)).toBe(fault[0]);
  });

  test("and there is a fault for every clause", () => {
    expect(faults.map(([clause]) => clause).sort()).toEqual([...oracle.clauses].sort());
  });
});
