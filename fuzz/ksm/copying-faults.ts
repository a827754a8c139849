/** Mistakes in what becomes of merged pages: who writes to them, what copies are, what is given back. */
import { breaking, content, knobs, machine, memory, pages, scan, scanner, spaces } from "./patch.ts";
import type { KsmFault } from "./plant.ts";

export const copying: readonly KsmFault[] = [
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
