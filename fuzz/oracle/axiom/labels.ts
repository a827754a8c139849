/** The label of every instruction. */
import type { CapabilityIndex } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { DDC, MEPCC, MTCC, PCC } from "./authority.ts";
import {
  always,
  branches,
  byMode,
  computes,
  jumps,
  jumpsAndLinks,
  jumpsToCapability,
  type Label,
  loadsCapability,
  loadsData,
  loadsTags,
  named,
  nothing,
  orDdc,
  type Pick,
  reseals,
  restricts,
  storesCapability,
  storesCapabilityIfReserved,
  storesData,
  storesDataIfReserved,
  swapsCapability,
  updatesData,
} from "./label.ts";

const SP = always(2);
const RA = always(1);
const RD = named("rd");
const RS2 = named("rs2");
const CD = named("cd");
const CS1 = named("cs1");
const CS2 = named("cs2");
const BY_DDC = always(DDC);
/** DDC or the base register. */
const BY_MODE = byMode(named("base"));
/** DDC or the stack pointer. */
const BY_STACK = byMode(SP);

const INTEGER = `
  addi addiw andi auipc lui ori slli slliw slti sltiu srai sraiw srli srliw xori
  add addw and or sll sllw slt sltu sra sraw srl srlw sub subw xor
  div divu divuw divw mul mulh mulhsu mulhu mulw rem remu remuw remw
  c.add c.addi c.addi.hint c.addiw c.addw c.and c.andi c.li c.lui c.mv c.or c.slli c.slli.hint c.srai c.srai.hint
  c.srli c.srli.hint c.sub c.subw c.xor c.addi4spn
  add.uw sh1add sh1add.uw sh2add sh2add.uw sh3add sh3add.uw slli.uw
  andn clz clzw cpop cpopw ctz ctzw max maxu min minu orc.b orn rev8 rol rolw ror rori roriw rorw sext.b sext.h xnor
  zext.h bclr bclri bext bexti binv binvi bset bseti clmul clmulh clmulr
  cgetaddr cgetbase cgetflags cgethigh cgetlen cgetoffset cgetperm cgetsealed cgettag cgettop cgettype
  cseqx csub ctestsubset ctoptr cram crrl`;

const BRANCHES = "beq bge bgeu blt bltu bne c.beqz c.bnez";

/** Bytes by the letter that instructions are called by. */
const SIZES: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, d: 8 };

/** One label for several names with white space between them. */
function all(names: string, label: Label): [string, Label][] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => [name, label]);
}

/** Names with a letter for the size in the place of `*`. */
function sized(pattern: string, letters: string, labelOf: (size: number) => Label): [string, Label][] {
  return [...letters].map((letter) => [pattern.replace("*", letter), labelOf(SIZES[letter]!)]);
}

const dataAccesses: readonly [string, Label][] = [
  ...sized("l*", "bhwd", (size) => loadsData(RD, BY_MODE, size)),
  ...sized("l*u", "bhw", (size) => loadsData(RD, BY_MODE, size)),
  ...sized("s*", "bhwd", (size) => storesData(BY_MODE, size)),
  ...sized("c.l*", "wd", (size) => loadsData(RD, BY_MODE, size)),
  ...sized("c.l*sp", "wd", (size) => loadsData(RD, BY_STACK, size)),
  ...sized("c.s*", "wd", (size) => storesData(BY_MODE, size)),
  ...sized("c.s*sp", "wd", (size) => storesData(BY_STACK, size)),
  ...sized("l*.ddc", "bhwd", (size) => loadsData(RD, BY_DDC, size)),
  ...sized("l*u.ddc", "bhw", (size) => loadsData(RD, BY_DDC, size)),
  ...sized("l*.cap", "bhwd", (size) => loadsData(RD, CS1, size)),
  ...sized("l*u.cap", "bhw", (size) => loadsData(RD, CS1, size)),
  ...sized("s*.ddc", "bhwd", (size) => storesData(BY_DDC, size)),
  ...sized("s*.cap", "bhwd", (size) => storesData(CS1, size)),
  ...sized("lr.*", "bhwd", (size) => loadsData(RD, BY_MODE, size)),
  ...sized("lr.*.ddc", "bhwd", (size) => loadsData(RD, BY_DDC, size)),
  ...sized("lr.*.cap", "bhwd", (size) => loadsData(RD, CS1, size)),
  ...sized("sc.*", "bhwd", (size) => storesDataIfReserved(RD, BY_MODE, size)),
  ...sized("sc.*.ddc", "bhwd", (size) => storesDataIfReserved(RS2, BY_DDC, size)),
  ...sized("sc.*.cap", "bhwd", (size) => storesDataIfReserved(RS2, CS1, size)),
  ...["add", "and", "max", "maxu", "min", "minu", "or", "swap", "xor"].flatMap((name) =>
    sized(`amo${name}.*`, "wd", (size) => updatesData(RD, BY_MODE, size)),
  ),
];

const capabilityAccesses: readonly [string, Label][] = [
  ...all("lc lr.c", loadsCapability(CD, BY_MODE)),
  ...all("lc.ddc lr.c.ddc", loadsCapability(CD, BY_DDC)),
  ...all("lc.cap lr.c.cap c.clc", loadsCapability(CD, CS1)),
  ["c.clcsp", loadsCapability(CD, SP)],
  ["sc", storesCapability(CS2, BY_MODE)],
  ["sc.ddc", storesCapability(CS2, BY_DDC)],
  ...all("sc.cap c.csc", storesCapability(CS2, CS1)),
  ["c.cscsp", storesCapability(CS2, SP)],
  ["sc.c", storesCapabilityIfReserved(RD, "integer", CS2, BY_MODE)],
  ["sc.c.ddc", storesCapabilityIfReserved(CS2, "status", CS2, BY_DDC)],
  ["sc.c.cap", storesCapabilityIfReserved(CS2, "status", CS2, CS1)],
  ["amoswap.c", swapsCapability(CD, CS2, BY_MODE)],
  ["cloadtags", loadsTags(RD, CS1)],
];

const derivations: readonly [string, Label][] = [
  ...all(
    "cmove ccleartag candperm csetflags csetoffset csetaddr cincoffset cincoffsetimm",
    restricts(CD, CS1),
  ),
  ...all("csethigh csetbounds csetboundsexact csetboundsimm ccopytype", restricts(CD, CS1)),
  ["cfromptr", restricts(CD, orDdc("cs1"))],
  ["c.cincoffset16csp", restricts(SP, SP)],
  ["c.cincoffset4cspn", restricts(CD, SP)],
  ["auipcc", restricts(CD, always(PCC))],
  ...all("cseal ccseal", reseals("seal", CD, CS1, CS2)),
  ["cunseal", reseals("unseal", CD, CS1, CS2)],
  ["csealentry", reseals("seal_entry", CD, CS1, null)],
  ["cbuildcap", reseals("rebuild", CD, CS2, orDdc("cs1"))],
];

const control: readonly [string, Label][] = [
  ...all(BRANCHES, branches()),
  ...all("jal jalr jalr.pcc", jumps(RD)),
  ["c.jalr", jumps(RA)],
  ...all("c.j c.jr", jumps(null)),
  ["cjal", jumpsAndLinks(CD)],
  ...all("cjalr jalr.cap", jumpsToCapability(CD, CS1)),
  ["c.cjr", jumpsToCapability(null, CS1)],
  ["c.cjalr", jumpsToCapability(RA, CS1)],
  [
    "cinvoke",
    { ...jumpsToCapability(always(31), CS2), intentions: ["invoke"], source: CS1, passes: [CS1, CS2] },
  ],
];

/** Special registers: PCC and DDC are everybody's. */
const SCR_DDC = 1;
const MTVEC = 0x305;
const MEPC = 0x341;

const special: Pick = ({ operands }) => 0x20 | operands["scr"]!;

const cspecialrw: Label = {
  ...restricts(CD, (step) => (step.operands["cs1"] === 0 ? special(step) : CS1(step))),
  intentions: ["special_register"],
  authority: ({ operands }) => (operands["scr"]! > SCR_DDC ? PCC : null),
  passes: [special],
  replaces: ({ operands }, scr) => operands["cs1"] !== 0 && scr === operands["scr"],
  readsSystem: true,
};

const csr: Label = {
  ...computes(RD),
  intentions: ["system_register"],
  authority: always(PCC),
  passes: [viewed],
  replaces: (step, scr) => (0x20 | scr) === viewed(step),
  readsSystem: true,
};

/** The special register of which the CSR that is written shows the address. */
function viewed({ event }: JudgedStep): CapabilityIndex | null {
  if (event.csr?.number === MTVEC) return MTCC;
  return event.csr?.number === MEPC ? MEPCC : null;
}

/** Whether CClear names DDC: bit 0 of the first eight. */
function clearsDdc({ operands }: JudgedStep): boolean {
  return operands["q"] === 0 && (operands["m"]! & 1) === 1;
}

const system: readonly [string, Label][] = [
  ["cspecialrw", cspecialrw],
  ...all("csrrw csrrs csrrc csrrwi csrrsi csrrci", csr),
  [
    "cclear",
    {
      ...nothing(),
      intentions: ["clear"],
      replaces: (step, scr) => scr === SCR_DDC && clearsDdc(step),
    },
  ],
  [
    "mret",
    {
      ...nothing(),
      intentions: ["return"],
      authority: always(PCC),
      source: always(MEPCC),
      replaces: (_, scr) => scr === 0,
      readsSystem: true,
      reseals: true,
    },
  ],
  ...all("c.nop wfi fence fence.i", nothing()),
  ...all("ecall ebreak c.ebreak fpclear illegal", { ...nothing(), intentions: ["never_retires"] }),
];

/** By name of the instruction; `illegal` stands for words that have no definition. */
export const labels: ReadonlyMap<string, Label> = new Map([
  ...all(INTEGER, computes(RD)),
  ["c.addi16sp", computes(SP)],
  ...dataAccesses,
  ...capabilityAccesses,
  ...derivations,
  ...control,
  ...system,
]);
