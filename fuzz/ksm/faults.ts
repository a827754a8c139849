/**
 * Mistakes of same-page merging that can be planted, each as a change of the sources of implementation and
 * reference.
 */
import type { Patch } from "../variant/variant.ts";
import type { KsmFault } from "./plant.ts";

function change(file: string): (from: string, to: string) => Patch {
  return (from, to) => ({ file, from, to });
}

const [scanner, memory, machine, stable, breaking] = [
  "scanner",
  "memory",
  "machine",
  "stable",
  "breaking",
].map((name) => change(`impl/ksm/${name}.ts`)) as [Change, Change, Change, Change, Change];
type Change = ReturnType<typeof change>;
const [scan, pages, spaces, content, knobs] = ["scan", "memory", "spaces", "content", "knobs"].map((name) =>
  change(`model/ksm/${name}.ts`),
) as [Change, Change, Change, Change, Change];

const merging: readonly KsmFault[] = [
  {
    name: "merge on checksum only",
    breaks: ["KSM-1", "KSM-11"],
    impl: [
      scanner(
        "const order = this.#memory.compare(frame, frameOf[node]!);",
        "const order = checksum(this.#memory, frame, this.#mask) - checksum(this.#memory, frameOf[node]!, this.#mask);",
      ),
      scanner(
        "if (this.#memory.compare(this.#mine, other) !== 0) return",
        "if (checksum(this.#memory, this.#mine, this.#mask) !== checksum(this.#memory, other, this.#mask)) return",
      ),
    ],
    model: [
      scan("(hint) => keyNow(hint) === key)", "(hint) => keyNow(hint).slice(0, 2) === key.slice(0, 2))"),
      scan("equal.find((hint) => hint.key === key) ?? null", "equal[0] ?? null"),
      scan(
        "if (keyOf(other.content) !== keyOf(contentOf(state, page)))",
        "if (keyOf(other.content).slice(0, 2) !== keyOf(contentOf(state, page)).slice(0, 2))",
      ),
    ],
  },
  {
    name: "no second comparison under protection",
    breaks: ["KSM-1", "KSM-11"],
    impl: [
      scanner("if (this.#memory.compare(this.#mine, other) !== 0) return this.giveUp();", "void other;"),
    ],
    model: [
      scan(
        "if (keyOf(other.content) !== keyOf(contentOf(state, page))) return",
        "if (other === undefined) return",
      ),
    ],
  },
  {
    name: "what the unstable tree finds is trusted",
    breaks: ["KSM-1", "KSM-11"],
    impl: [
      scanner(
        "if (this.#memory.compare(this.#mine, other) !== 0) return",
        "if (!this.#isPair && this.#memory.compare(this.#mine, other) !== 0) return",
      ),
    ],
    model: [
      scan(
        "if (keyOf(other.content) !== keyOf(contentOf(state, page))) return",
        'if (underWay.target!.kind !== "pair" && keyOf(other.content) !== keyOf(contentOf(state, page))) return',
      ),
    ],
  },
  {
    name: "tags are not compared",
    breaks: ["KSM-11", "KSM-6"],
    impl: [memory("return this.#compareTags(one, other);", "return 0;")],
    model: [content("return [bytes, tags].join", "return [bytes, tags.replaceAll(/./g, '')].join")],
  },
  {
    name: "the mapping that is replaced is not looked at again",
    breaks: ["KSM-1", "KSM-11"],
    impl: [
      scanner(
        "if (frameOf[this.slot] !== this.#mine || guarded[this.#mine] === 0) return false;",
        "if (this.#isPair && (frameOf[this.slot] !== this.#mine || guarded[this.#mine] === 0)) return false;",
      ),
    ],
    model: [
      scan("return page.frame === mine && partner?.frame === its;", "return mine === mine || its === its;"),
    ],
  },
  {
    name: "a protected page is stored to in place",
    breaks: ["KSM-1", "KSM-2", "KSM-11"],
    impl: [memory("this.isShared(slot) || this.guarded[frame] === 1 ||", "this.isShared(slot) ||")],
    model: [pages("isBreak || frameAt(state, page.frame).isProtected ||", "isBreak ||")],
  },
  {
    name: "pinned pages merge",
    breaks: ["KSM-3"],
    impl: [
      scanner("if (pins[mine]! > 0 || (its !== NONE && pins[its]! > 0)) return this.giveUp();", "void pins;"),
      scanner("if (this.#memory.pins[frame]! > 0) return this.giveUp();", ""),
    ],
    model: [
      scan(
        "if (held.some((frame) => frameAt(state, frame).pins > 0)) return",
        "if (held.length === 0) return",
      ),
      scan('if (frameAt(state, page.frame).pins > 0) return giveUp(state, "unstable");', ""),
    ],
  },
  {
    name: "fresh pages go on at once",
    breaks: ["KSM-6"],
    impl: [scanner("const isSettled = hasSum[slot] === 1 && sum[slot] === now;", "const isSettled = true;")],
    model: [scan("page.record!.sum === sum ||", "page.record!.sum === null || page.record!.sum === sum ||")],
  },
  {
    name: "pages that nobody offered are scanned",
    breaks: ["KSM-4"],
    impl: [
      scanner(
        "const slot = mergeable.indexOf(1, this.#cursor);",
        "void mergeable; const slot = this.#memory.frameOf.findIndex((frame, at) => at >= this.#cursor && frame !== NONE);",
      ),
    ],
    model: [scan("state.pages.filter(({ isMergeable }) => isMergeable)", "state.pages")],
  },
];

const limits: readonly KsmFault[] = [
  {
    name: "the sharing limit is not applied",
    breaks: ["KSM-8"],
    impl: [
      stable(
        "return this.#memory.refs[frame]! < this.limit;",
        "return this.#memory.refs[frame]! < Infinity;",
      ),
    ],
    model: [scan("length < state.knobs.maxSharing", "length < Infinity")],
  },
  {
    name: "the sharing limit is one too high",
    breaks: ["KSM-8"],
    impl: [
      stable(
        "return this.#memory.refs[frame]! < this.limit;",
        "return this.#memory.refs[frame]! <= this.limit;",
      ),
    ],
    model: [scan("length < state.knobs.maxSharing", "length <= state.knobs.maxSharing")],
  },
];

const copying: readonly KsmFault[] = [
  {
    name: "a fork does not count references",
    breaks: ["KSM-2", "KSM-3"],
    impl: [
      machine(
        "else this.#memory.attach(to, frame);",
        "else {\n        this.#memory.attach(to, frame);\n        if (frame !== 0) this.#memory.refs[frame]!--;\n      }",
      ),
    ],
    model: [
      pages(
        "mappingsOf(state, page.frame).length > 1;",
        "mappingsOf(state, page.frame).filter(({ space }) => space === page.space).length > 1;",
      ),
    ],
  },
  {
    name: "unmergeable leaves pages merged",
    breaks: ["KSM-4"],
    impl: [
      machine(
        "const copied = this.#breaking.breakAll(at, count);\n    this.#memory.mergeable",
        "const copied = 0;\n    this.#memory.mergeable",
      ),
    ],
    model: [spaces("allOwned(state, names, isShared)", "allOwned(state, names, () => false)")],
  },
  {
    name: "the last mapping of a merged frame is stored to in place",
    breaks: ["KSM-2", "KSM-3", "KSM-10"],
    impl: [
      memory(
        "return this.isShared(slot) || this",
        "return (this.isShared(slot) && this.refs[frame] !== 1) || this",
      ),
    ],
    model: [
      pages(
        "isBreak || frameAt(state, page.frame).isProtected",
        "(isBreak && mappingsOf(state, page.frame).length !== 1) || frameAt(state, page.frame).isProtected",
      ),
    ],
  },
  {
    name: "copies lose their tags",
    breaks: ["KSM-11"],
    impl: [
      memory(
        "this.tagWords.copyWithin(frame * tagWords, before * tagWords, (before + 1) * tagWords);",
        "void tagWords;",
      ),
    ],
    model: [
      pages(
        "{ ...page, record }, contentOf(state, page))",
        '{ ...page, record }, { ...contentOf(state, page), tags: contentOf(state, page).tags.replaceAll("1", "0") })',
      ),
    ],
  },
  {
    name: "data leaves tags",
    breaks: ["KSM-11"],
    impl: [memory("this.tags.fill(0, tagsAt +", "if (times < 0) this.tags.fill(0, tagsAt +")],
    model: [content('"0".repeat(top - first)', "content.tags.slice(first, top)")],
  },
  {
    name: "without a free frame a store goes to the merged one",
    breaks: ["KSM-2", "KSM-10"],
    impl: [
      breaking(
        'if (this.#memory.freeFrames() === 0) return "ENOMEM";',
        "if (this.#memory.freeFrames() === 0) return 0;",
      ),
    ],
    model: [pages("return after === null ? null :", "return after === null ? { state, copied: 0 } :")],
  },
  {
    name: "frames that nobody maps are kept",
    breaks: ["KSM-7"],
    impl: [memory("this.used--;", "")],
    model: [
      pages(
        "filter(([frame]) => mapped.has(frame)))",
        "filter(([frame]) => mapped.has(frame) || frame > 0))",
      ),
    ],
  },
  {
    name: "giving everyone a copy fails half-way",
    breaks: ["KSM-14"],
    impl: [
      machine(
        'if (run === 2 && !this.#breaking.canBreak(0, slots)) return "ENOMEM";',
        'if (run === 2 && !this.#breaking.canBreak(0, slots)) {\n      this.#run = 2;\n      return "ENOMEM";\n    }',
      ),
    ],
    model: [],
  },
  {
    name: "a merge that cannot be finished is left half done",
    breaks: ["KSM-14"],
    impl: [
      scanner(
        "if (!isDone) return this.giveUp();",
        "if (!isDone && this.#isPair) {\n      this.#memory.detach(this.slot);\n      this.#memory.attach(this.slot, this.#its);\n    }\n    if (!isDone) return this.giveUp();",
      ),
    ],
    model: [
      scan(
        'if (merged === null) return giveUp(state, "replace");',
        'if (merged === null) return giveUp(withPage(state, { ...page, frame: frameOf(state, target) }), "replace");',
      ),
    ],
  },
  {
    name: "a merged frame that died is not forgotten",
    breaks: ["KSM-7", "KSM-1", "KSM-3"],
    impl: [machine("this.#scanner.forget(frame);", "")],
    model: [],
  },
  {
    name: "stopping forgets what is merged",
    breaks: ["KSM-10"],
    impl: [machine("if (run !== 2) return 0;", "if (run === 1) return 0;")],
    model: [knobs("if (run !== 2) return", "if (run === 1) return")],
  },
];

/** Mistakes that the invariants need not show: they only cost savings. A second machine shows them. */
export const quietFaults: readonly KsmFault[] = [
  {
    name: "room that somebody left is not noticed",
    breaks: [],
    impl: [machine("leftBy: (frame) => this.#stable.leftBy(frame),", "leftBy: () => undefined,")],
    model: [],
  },
  {
    name: "the oldest merged frame with room is not the one",
    breaks: [],
    impl: [stable("this.#age[frame]! < this.#age[room]!", "this.#age[frame]! > this.#age[room]!")],
    model: [scan("state.stable.find(", "state.stable.findLast(")],
  },
  {
    name: "settled pages never go on",
    breaks: [],
    impl: [scanner("const isSettled = hasSum[slot] === 1 && sum[slot] === now;", "const isSettled = false;")],
    model: [scan("const isSettled = page.record!.sum === sum ||", "const isSettled = sum === '' ||")],
  },
];

/** Two tenants are told apart by nobody. */
export const tenantFault: KsmFault = {
  name: "tenants that are kept apart merge",
  breaks: ["KSM-13"],
  impl: [machine("this.#knobs.acrossTenants ? 0 : Math.max(tenant, 0)", "tenant > 999 ? tenant : 0")],
  model: [scan("return state.knobs.acrossTenants ? 0 :", "return space >= 0 ? 0 :")],
};

/** The constant of the threshold, which is in MB, taken for kB. */
export const unitFault: KsmFault = {
  name: "the controller compares MB with kB",
  breaks: ["KSM-12"],
  impl: [change("impl/ksm/tuned.ts")("settings.thresholdMb * 1024", "settings.thresholdMb")],
  model: [
    change("model/ksm/tuned.ts")("BigInt(settings.thresholdMb) * KB_PER_MB", "BigInt(settings.thresholdMb)"),
  ],
};

/** Mistakes that break an invariant of one machine alone. */
export const ksmFaults: readonly KsmFault[] = [...merging, ...limits, ...copying];
