/** What each phrase must bring about: outcomes of instructions as the reach table names them. */
import { instructions } from "../../model/isa/index.ts";
import { Reach } from "../reach/reach.ts";
import { BLOCK_CELLS, type Layout, layoutOf } from "../reach/rows.ts";
import { Composer } from "./composer.ts";
import type { Contract, Declared } from "./contract.ts";
import type { Model } from "./fetched-program.ts";
import { bound, point } from "./phrase/capability.ts";
import { confine } from "./phrase/confine.ts";
import { switchMode } from "./phrase/control.ts";
import { overlap } from "./phrase/memory.ts";
import { Random } from "./random.ts";
import { type Phrase, roster } from "./swarm.ts";

/**
 * `instruction: outcome`, and `any: outcome` where it does not matter of which. Shares are about half of what
 * is met.
 */
const declared: Readonly<Record<string, readonly Declared[]>> = {
  arith: ["add: retired", "c.mv: retired"],
  multiply: ["mulhsu: retired", "divuw: retired"],
  manipulate: ["clmulh: retired", "ctz: retired", "binv: retired"],
  constant: ["slli: retired", "lui: retired", "addi: retired"],
  inspect: ["cseqx: true", "cseqx: false", "cgettag: true", "ctoptr: retired"],
  derive: ["candperm: tagged", "csetbounds: tagged", "cunseal: tag cleared"],
  point: [["csetaddr: tagged", 0.8], "csetboundsimm: tagged"],
  anchor: ["cspecialrw: read"],
  bound: [
    ["csetbounds: tagged", 0.6],
    "csetbounds: tag cleared",
    "csetboundsexact: tagged",
    "csetboundsexact: tag cleared",
  ],
  twins: ["ctestsubset: true", "ctestsubset: false", ["cbuildcap: tagged", 0.4], "cbuildcap: tag cleared"],
  edge: ["cgettop: retired", "cgetbase: retired", ["csetaddr: tagged", 0.8]],
  stray: ["cincoffset: unrepresentable", "csetoffset: unrepresentable"],
  brink: ["cincoffsetimm: unrepresentable", "csetoffset: tagged"],
  malform: ["csethigh: tag cleared", "cbuildcap: tagged", "cbuildcap: untagged"],
  rebuild: ["ccleartag: tag cleared", ["cbuildcap: tagged", 0.8], "cbuildcap: untagged"],
  forbid: [["candperm: tagged", 0.8]],
  seal: [
    ["cseal: tagged", 0.75],
    "cseal: tag cleared",
    "ccseal: tagged",
    ["cunseal: tagged", 0.4],
    "cunseal: tag cleared",
  ],
  reseal: ["ccopytype: tag cleared", ["ccseal: tagged", 0.8], "cbuildcap: tagged"],
  sentry: [
    ["csealentry: tagged", 0.8],
    ["jalr.cap: retired", 0.4],
  ],
  cross: [["cinvoke: retired", 0.1], "jalr.cap: retired"],
  open: ["cseal: tagged", ["cunseal: tagged", 0.6]],
  tamper: ["any: tag cleared"],
  again: [["csetbounds: tagged", 0.4]],
  recall: [["csetoffset: tagged", 0.8]],
  confine: ["cclear: retired", "csealentry: tagged", ["cseal: tagged", 0.5], "jalr.cap: retired"],
  invoke: [
    ["cinvoke: retired", 0.4],
    "cinvoke: tag",
    "cinvoke: seal",
    "cinvoke: type",
    "cinvoke: permit execute",
  ],
  access: ["any: retired", "any: failed"],
  accessCapability: ["sc.cap: tagged", "lc.ddc: untagged", "any: store misaligned"],
  reserve: ["sc.d: succeeded", "sc.d: failed", "lr.d: retired", "lr.b.ddc: retired"],
  overlap: [["lc.cap: tagged", 0.15], "lc.cap: untagged", "cloadtags: retired"],
  strip: ["any: tag stripped", "any: tagged"],
  local: [
    ["any: permit store local", 0.3],
    ["any: permit store cap", 0.3],
  ],
  tags: ["cloadtags: retired"],
  flawed: ["any: tag", "any: seal", "any: permit load", "any: length"],
  branch: ["beq: taken", "bne: not taken", "jal: retired"],
  jump: ["jalr: retired", "jalr.cap: retired"],
  jumpFlawed: ["any: tag", "any: seal", "any: permit execute"],
  switchMode: ["csetflags: tagged", ["jalr.cap: retired", 0.8]],
  narrowCode: ["candperm: tagged", "csetboundsimm: tagged", "jalr.cap: retired", "(fetch): length"],
  vector: ["cspecialrw: written", "csrrw: written"],
  comeBack: [["mret: retired", 0.8], "csrrs: written"],
  call: ["ecall: ecall from M", "ebreak: breakpoint", "wfi: retired", "fence: retired"],
  uncompressed: [["any: fetch misaligned", 0.3], "c.jr: illegal instruction"],
  patch: ["sw: retired", "sh: retired", "fence.i: retired"],
  csr: ["csrrw: written", "any: read", "any: illegal instruction"],
  special: ["cspecialrw: written", "cspecialrw: read", "cspecialrw: illegal instruction"],
  view: ["cspecialrw: written", "csrrw: written"],
  clear: ["cclear: retired"],
  narrowData: ["cspecialrw: written", "any: length", "any: permit store"],
  restoreData: ["cspecialrw: read", ["cspecialrw: written", 0.8]],
  readBack: ["cgettag: true", "cgettag: false", "cgethigh: retired"],
  any: ["any: retired", "any: tagged", "any: taken"],
  squeeze: ["c.jr: retired", "c.mv: retired"],
  nearLegal: ["(illegal word): illegal instruction", "any: retired"],
  garbage: ["(illegal word): illegal instruction", "any: retired"],
};

const TIMES = 4;
const start = { preset: "dii" } as const;

/** What comes of a seed: words that set something up, and those of the phrase. */
export interface Spoken {
  readonly before: readonly number[];
  readonly words: readonly number[];
}

/** The contract of every phrase that programs are made of. */
export function phraseContracts(model: Model): Contract<Spoken>[] {
  const layout = layoutOf(instructions, false);
  const labels = labelsOf(layout);
  const reach = new Reach(layout);
  const none = new Uint8Array(layout.cells);
  const phrases = [confine, ...roster.map(([, phrase]) => phrase)];
  const gone = Object.keys(declared).filter((name) => !phrases.some((phrase) => phrase.name === name));
  if (gone.length > 0) throw new Error(`defect: declared for phrases that are not there: ${gone.join(", ")}`);
  return phrases.map((phrase) => ({
    name: phrase.name,
    make: (seed) => spoken(phrase, seed, model),
    flaw({ words }) {
      const wrong = words.find((word) => !Number.isInteger(word) || word < 0 || word >= 2 ** 32);
      return wrong === undefined ? null : `puts ${wrong}, which is no word`;
    },
    declared: declared[phrase.name] ?? [],
    met({ before, words }) {
      model.reset(start);
      reach.begin(start);
      for (const word of before) reach.note(model.inject(word));
      reach.clear(none);
      for (const word of words) reach.note(model.inject(word));
      const outcomes = Array.from(reach.touched().cells, (cell) => labels[Math.floor(cell / BLOCK_CELLS)]!);
      return outcomes.flatMap((one) => [one, one.replace(/^.*: /, "any: ")]);
    },
  }));
}

/**
 * A pointer, a capability in memory and bounds, then the phrase a few times, in either mode: each in view of
 * what the words before it did.
 */
function spoken(phrase: Phrase, seed: string, model: Model): Spoken {
  const random = new Random(seed);
  const to = new Composer(random);
  to.begin();
  to.machine = model;
  model.reset(start);

  const said = (phrases: readonly Phrase[]) =>
    phrases.flatMap((one) => {
      one(to);
      const words: number[] = [];
      for (let word = to.take(); word >= 0; word = to.take()) {
        words.push(word);
        model.inject(word);
      }
      return words;
    });
  const before = said([point, overlap, bound, ...(random.odds(1, 3) ? [switchMode] : [])]);
  return { before, words: said(new Array<Phrase>(TIMES).fill(phrase)) };
}

/** By the number of a block of cells: `instruction: outcome`. */
function labelsOf({ rows }: Layout): string[] {
  return rows.flatMap(({ name, outcomes }) =>
    [...outcomes, "undeclared"].map((outcome) => `${name}: ${outcome}`),
  );
}
