/**
 * Objects with any code in them: everything that an object can lay its hands on, made the most of. Branches go forward, so
 * that it ends; where its stack, its table and its way back lie shows in nothing that it leaves, since nobody promises that.
 */
import { disassemble, instructions, randomWord } from "../../../model/isa/index.ts";
import type { Random } from "../../generate/random.ts";
import { KIND, type ObjectSource, type Relocation, SEGMENT } from "../../sco/writer.ts";
import { objectCode } from "./object-code.ts";
import type { Template } from "./object-made.ts";

const PIECES_MAX = 14;
const STATE = 128;

type Piece = (random: Random) => string;

const integer = (random: Random) => random.pick(["x5", "x6", "x10", "x11", "x12"]);
/** c8 a variable, c9 whatever came of it, c27 the buffer, c5 and c6 what was loaded. */
const pointer = (random: Random) => random.pick(["c8", "c8", "c9", "c9", "c27", "c5", "c6"]);
const near = (random: Random) => random.pick([0, 0, 8, 16, 24, -8, -16, 120, 128]);

/** By weight. */
const pieces: readonly (readonly [weight: number, piece: Piece])[] = [
  [10, (random) => `cls c8, ${8 * random.below(8)}, ${random.pick([8, 16, 32, 64])}`],
  [
    8,
    (random) =>
      `${random.pick(["sb", "sh", "sw", "sd"])} ${integer(random)}, ${near(random)}(${pointer(random)})`,
  ],
  [
    8,
    (random) =>
      `${random.pick(["lbu", "lhu", "lwu", "ld"])} ${integer(random)}, ${near(random)}(${pointer(random)})`,
  ],
  [4, (random) => `lc ${random.pick(["c5", "c6", "c9"])}, ${16 * random.below(8)}(${pointer(random)})`],
  [3, (random) => `sc ${pointer(random)}, ${16 * random.below(4)}(${pointer(random)})`],
  // The table: its entries by their numbers, and beyond its end; nothing of it is for writing.
  [4, (random) => `lc c9, ${16 * random.pick([0, 0, 1, 2, 3, 62, 63, 64, 65, 127, -1])}(c26)`],
  [1, (random) => `sd ${integer(random)}, ${16 * random.below(66)}(c26)`],
  [1, (random) => `sc c8, ${16 * random.below(4)}(c26)`],
  [1, () => "cgetlen x10, c26\ncgetperm x11, c26"],
  // What is shared is not for writing either.
  [3, (random) => `slot c9, 0\ncincoffsetimm c9, c9, ${near(random)}`],
  [2, (random) => `auipcc c9, 0\nsd ${integer(random)}, ${near(random)}(c9)`],
  [1, () => "cspecialrw c9, pcc, c0\nsc c8, 0(c9)"],
  [2, (random) => `cincoffsetimm ${random.pick(["c8", "c9"])}, c8, ${near(random)}`],
  [2, (random) => `csetboundsimm c9, ${pointer(random)}, ${random.pick([0, 1, 8, 64, 256])}`],
  [1, (random) => `candperm c9, ${pointer(random)}, ${integer(random)}`],
  [1, (random) => `csetaddr c9, ${pointer(random)}, ${integer(random)}`],
  [
    1,
    (random) =>
      `${random.pick(["cgetbase", "cgetlen", "cgettag", "cgetperm", "cgetaddr"])} x10, ${pointer(random)}`,
  ],
  [1, () => "csealentry c9, c8"],
  [1, (random) => `cinvoke ${pointer(random)}, ${pointer(random)}`],
  [1, (random) => `cspecialrw c0, ddc, ${pointer(random)}`],
  [1, (random) => `cspecialrw c9, ${random.pick(["ddc", "mtcc", "mscratchc", "mepcc"])}, c0`],
  [2, (random) => `sd ${integer(random)}, ${-8 - 8 * random.below(130)}(c2)`],
  [1, (random) => `sc c8, ${-16 * (1 + random.below(4))}(c2)`],
  [1, (random) => random.pick(["ecall", "ebreak", "mret", "fence.i"])],
  [1, (random) => `csrrw x5, ${random.pick(["mscratch", "mstatus", "mepc", "mcause"])}, x6`],
  [3, (random) => `addi ${integer(random)}, ${integer(random)}, ${random.below(4096) - 2048}`],
  [3, (random) => `add ${integer(random)}, ${integer(random)}, ${integer(random)}`],
  [2, (random) => `${random.pick(["beq", "bne", "blt"])} ${integer(random)}, ${integer(random)}, out`],
  [1, () => "lr.d x5, (c8)\nsc.d x6, x10, (c8)"],
  [1, () => "amoadd.d x5, x10, (c8)"],
  [1, () => "cjalr c0, 0(c9)"],
  [12, (random) => anyWord(random)],
];

const total = pieces.reduce((sum, [weight]) => sum + weight, 0);

/** Registers whose addresses are nobody's business, and instructions that leave the code or tell the time. */
const HIDDEN = /\b([xc](1|2|26)|c?sp|c?ra)\b/;
const LEAVING = /^(c\.)?c?(j|b)|^(csr|wfi|mret|sret|cinvoke|cspecialrw|auipc|c\.addi(4spn|16sp))/;

/** A word of four bytes that goes on with the next. */
function anyWord(random: Random): string {
  for (;;) {
    const word = randomWord(random.pick(instructions), () => random.next() >>> 0) >>> 0;
    const text = disassemble(word, true);
    if ((word & 3) === 3 && !HIDDEN.test(text) && !LEAVING.test(text)) return `.4byte 0x${word.toString(16)}`;
  }
}

function pieceOf(random: Random): string {
  let place = random.below(total);
  for (const [weight, piece] of pieces) {
    if (place < weight) return piece(random);
    place -= weight;
  }
  throw new Error("defect: the weights of pieces do not add up");
}

/** Up to three exports of anything, a state with pointers in it, and an import now and then. */
export const anything: Template = (random): ObjectSource => {
  const names = ["one", "two", "three"].slice(0, 1 + random.below(3));
  const bodies = names.map((name) => {
    const list = Array.from({ length: 1 + random.below(PIECES_MAX) }, () => pieceOf(random));
    return `${name}:\n${list.join("\n").replaceAll(", out", `, out_${name}`)}\nout_${name}:\ncjalr c0, 0(c1)`;
  });
  const rodata = new Uint8Array(64).map((_, at) => at + random.below(16));
  const { text, relocations, labels } = objectCode(bodies.join("\n"), [
    { to: "rodata", target: 16 * random.below(2), size: random.pick([8, 16, 32]), addend: 0 },
  ]);
  const pointer = (kind: number, place: number, target: number): Relocation => ({
    kind,
    segment: SEGMENT.state,
    place,
    target,
    size: random.pick([1, 8, 16]),
    addend: 0,
  });
  const importing = random.odds(1, 3);
  const entry: Relocation = {
    kind: KIND.import,
    segment: SEGMENT.state,
    place: 96,
    target: 0,
    size: 32,
    addend: 0,
  };
  return {
    text,
    rodata,
    init: new Uint8Array(STATE).map((_, at) => at * 3),
    bss: random.pick([0, 16, 4096 - STATE, 4096]),
    exports: names.map((name) => ({ name, offset: labels.get(name)! })),
    imports: importing ? ["other"] : [],
    relocations: [
      ...relocations,
      pointer(KIND.clsInit, 64, 8 * random.below(8)),
      pointer(KIND.clsRo, 80, 16 * random.below(3)),
      ...(importing ? [entry] : []),
    ],
  };
};
