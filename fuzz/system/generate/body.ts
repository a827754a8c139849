/**
 * Bodies: instructions of an attacker who knows what a guest can lay its hands on. Pieces take the gate pair or a grant
 * out of the capability store, make the most of them, call by hand, go where they should not; and any words between.
 */
import { assembleProgram, instructions, randomWord } from "../../../model/isa/index.ts";
import type { Random } from "../../generate/random.ts";

const WORDS_MAX = 63;
const PIECES_MAX = 8;

/** Leaves the start of the capability store in x5, and PCC in c7. */
const STORE = `
  cspecialrw c7, pcc, c0
  cgetbase x5, c7
  cgetlen x6, c7
  add x5, x5, x6
  lui x6, 1048575
  add x5, x5, x6
`;

type Piece = (random: Random) => string;

const capability = (random: Random) => random.pick(["c18", "c18", "c18", "c27", "c5", "c6", "c31"]);
const register = (random: Random) => random.pick(["x5", "x6", "x10", "x11", "x28"]);
const small = (random: Random) => random.below(64) * 8;
/** Numbers of calls that end nobody. */
const number = (random: Random) => random.pick([1, 2, 3, 8, 8, 10, 21, 25, 27, 28, 31, 32, 35, 37, 48, 63]);

/** By weight. What is loaded stays in c18. */
const pieces: readonly (readonly [weight: number, piece: Piece])[] = [
  [
    8,
    (random) =>
      `${STORE}addi x5, x5, 1024\naddi x5, x5, ${1024 + 32 * random.below(4)}\ncsetaddr c7, c7, x5\nlc.cap c18, (c7)`,
  ],
  [
    3,
    (random) =>
      `${STORE}addi x5, x5, ${32 * random.below(4)}\ncsetaddr c7, c7, x5\nlc.cap c5, (c7)\ncincoffsetimm c7, c7, 16\nlc.cap c6, (c7)`,
  ],
  [1, () => "cinvoke c5, c6"],
  [1, (random) => `cinvoke ${capability(random)}, ${capability(random)}`],
  [
    6,
    (random) => `${random.pick(["sb", "sh", "sw", "sd"])}.cap ${register(random)}, (${capability(random)})`,
  ],
  [
    4,
    (random) =>
      `${random.pick(["lbu", "lhu", "lwu", "ld"])}.cap ${register(random)}, (${capability(random)})`,
  ],
  [2, (random) => `sc.cap ${capability(random)}, (${capability(random)})`],
  [1, (random) => `lc.cap ${capability(random)}, (${capability(random)})`],
  [3, (random) => `cincoffsetimm c18, c18, ${small(random) - 16}`],
  [2, (random) => `csetboundsimm c18, c18, ${random.pick([0, 1, 8, 64, 1024])}`],
  [1, () => "candperm c18, c18, x6"],
  [3, () => "cspecialrw c0, ddc, c18"],
  [1, () => "cspecialrw c9, ddc, c0"],
  [1, () => "cspecialrw c0, ddc, c9"],
  [1, () => "cspecialrw c9, pcc, c0\ncspecialrw c0, ddc, c9"],
  [8, (random) => `sd ${register(random)}, ${-8 - small(random)}(x2)`],
  [4, (random) => `ld ${register(random)}, ${-8 - small(random)}(x2)`],
  [
    2,
    (random) =>
      `lui x5, ${random.pick([0x80000, 0x80001, 0x80010, 0x80900, 0x80901, 0x80904, 0x80910])}\naddiw x5, x5, 0\nsd x6, ${small(random)}(x5)`,
  ],
  [
    2,
    (random) =>
      `lui x5, ${0x80900 + random.below(0x40)}\nslli x5, x5, 32\nsrli x5, x5, 32\nsd x6, ${small(random)}(x5)`,
  ],
  [
    8,
    (random) =>
      `addi x30, x0, ${number(random)}\naddi x10, x0, ${random.below(8)}\naddi x11, x0, ${random.below(64)}\ncspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, 0(x5)`,
  ],
  [2, (random) => `addi x4, x0, ${random.below(5)}`],
  [2, (random) => `addi ${register(random)}, x0, ${random.below(2048) - 1024}`],
  [
    1,
    (random) =>
      `addi x10, x0, ${random.below(8)}\naddi x11, x0, ${small(random)}\naddi x12, x2, ${-8 - small(random)}\naddi x13, x0, ${small(random)}\ncspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, ${random.pick([4, 8, 12, 16])}(x5)`,
  ],
  [1, (random) => `cspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, ${random.below(256) * 4}(x5)`],
  [1, () => "jalr x0, 0(x1)"],
  [1, (random) => random.pick(["ecall", "ebreak", "mret", "wfi", "fence.i"])],
  [1, (random) => `csrrw x5, ${random.pick(["mscratch", "mstatus", "mepc", "mcause"])}, x6`],
  [1, (random) => `cspecialrw c5, ${random.pick(["mtcc", "mscratchc", "mepcc", "mtdc"])}, c6`],
  [1, (random) => `bne x0, x2, ${-4 * (1 + random.below(6))}`],
  [2, (random) => `lr.d x5, (x2)\nsc.d x6, ${register(random)}, (x2)`],
  [1, (random) => `amoadd.d x5, ${register(random)}, (x2)`],
  [1, () => "csealentry c9, c18"],
  [1, () => "cseal c9, c18, c6"],
];

const total = pieces.reduce((sum, [weight]) => sum + weight, 0);

/** Pieces as words: assembling takes longer than finding them. */
const known = new Map<string, readonly number[]>();

function wordsOf(text: string): readonly number[] {
  const found = known.get(text) ?? assembleProgram(text).words;
  known.set(text, found);
  return found;
}

/** Instructions for a thread to run, 1 to 63 words. */
export function bodyWords(random: Random): number[] {
  const words: number[] = [];
  const count = 1 + random.below(PIECES_MAX);
  for (let piece = 0; piece < count; piece++) {
    if (random.odds(1, 6)) words.push(anyWord(random));
    else words.push(...wordsOf(pieceOf(random)(random)));
  }
  return words.slice(0, WORDS_MAX);
}

function pieceOf(random: Random): Piece {
  let place = random.below(total);
  for (const [weight, piece] of pieces) {
    if (place < weight) return piece;
    place -= weight;
  }
  throw new Error("the weights of pieces do not add up");
}

function anyWord(random: Random): number {
  if (random.odds(1, 4)) return random.next() >>> 0;
  return randomWord(random.pick(instructions), () => random.next() >>> 0) >>> 0;
}
