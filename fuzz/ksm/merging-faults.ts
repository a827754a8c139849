/** Mistakes in what merges: which pages, when, and how many to a frame. */
import { content, memory, pages, scan, scanner, stable } from "./patch.ts";
import type { KsmFault } from "./plant.ts";

export const merging: readonly KsmFault[] = [
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

export const limits: readonly KsmFault[] = [
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
