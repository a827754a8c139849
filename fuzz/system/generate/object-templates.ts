/**
 * Objects that work: each with some use of state, read-only data, imports or the caller's buffer. What they give back, and
 * what they leave in their state, says nothing of where things lie, so that copies behave alike wherever they are.
 */
import { KIND, type Relocation, SEGMENT } from "../../sco/writer.ts";
import { resident } from "./object-library.ts";
import { made, RETURN, type Template, words } from "./object-made.ts";

/** One variable, somewhere in its state. */
export const counter: Template = (random) => {
  const place = random.pick([0, 8, 16, 40, 2032]);
  const init = new Uint8Array(Math.ceil((place + 8) / 16) * 16);
  init[place] = random.below(256);
  const variable = `cls c8, ${place}, 8`;
  return made(random, {
    code: `add:\n${variable}\nld x5, 0(c8)\nadd x10, x10, x5\nsd x10, 0(c8)\n${RETURN}
get:\n${variable}\nld x10, 0(c8)\n${RETURN}
set:\n${variable}\nsd x10, 0(c8)\n${RETURN}`,
    exports: ["add", "get", "set"],
    init,
  });
};

/** An array that is reached by an index, and whose bounds are all that keeps the index in it. */
export const array: Template = (random) => {
  const count = random.pick([1, 2, 3, 16, 63, 255, 511]);
  const place = random.pick([0, 16, 24]);
  const element = `cls c8, ${place}, ${8 * count}\nslli x5, x10, 3\ncincoffset c8, c8, x5`;
  return made(random, {
    code: `put:\n${element}\nsd x11, 0(c8)\naddi x10, x0, 0\n${RETURN}
get:\n${element}\nld x10, 0(c8)\n${RETURN}`,
    exports: ["put", "get"],
    init: new Uint8Array(Math.ceil((place + 8 * count) / 16) * 16).fill(random.below(256)),
  });
};

/** Fields of all widths beside each other: the last export writes one byte beyond one of them. */
export const struct: Template = (random) => {
  const fields = [
    [0, 8, "sd", "ld"],
    [8, 4, "sw", "lwu"],
    [12, 2, "sh", "lhu"],
    [14, 1, "sb", "lbu"],
    [15, 1, "sb", "lbu"],
  ] as const;
  const code = fields.map(([place, size, store, load], at) => {
    const field = `cls c8, ${place}, ${size}`;
    return `set${at}:\n${field}\n${store} x10, 0(c8)\n${RETURN}\nget${at}:\n${field}\n${load} x10, 0(c8)\n${RETURN}`;
  });
  const [place, size] = random.pick(fields);
  const over = `over:\ncls c8, ${place}, ${size}\nsb x10, ${random.odds(1, 4) ? -1 : size}(c8)\n${RETURN}`;
  return made(random, {
    code: [...code, over].join("\n"),
    exports: ["over", ...fields.flatMap((_, at) => [`set${at}`, `get${at}`])],
    init: words(0x0102_0304, 0x0506_0708),
  });
};

/** Pointers in the initial state: to this client's state, and to what is shared. */
export const pointers: Template = (random) => {
  const size = random.pick([8, 16, 24, 32]);
  const addend = random.pick([0, 0, 8, size]);
  const own = "cls c8, 0, 16\nlc c9, 0(c8)";
  const shared = "cls c8, 16, 16\nlc c9, 0(c8)";
  const pointer = (kind: number, place: number, target: number, bytes: number, more: number): Relocation => ({
    kind,
    segment: SEGMENT.state,
    place,
    target,
    size: bytes,
    addend: more,
  });
  return made(random, {
    code: `follow:\n${own}\nld x10, 0(c9)\n${RETURN}
store:\n${own}\nsd x10, 0(c9)\n${RETURN}
constant:\n${shared}\nld x10, 0(c9)\n${RETURN}
scribble:\n${shared}\nsd x10, 0(c9)\n${RETURN}
spoil:\ncls c8, 0, 16\nsd x10, 0(c8)\n${RETURN}`,
    exports: ["follow", "store", "constant", "scribble", "spoil"],
    rodata: words(0x11, 0x22, 0x33, 0x44),
    init: new Uint8Array(64).fill(7, 32),
    relocations: [
      pointer(KIND.clsInit, 0, 32, size, addend),
      pointer(KIND.clsRo, 16, random.pick([0, 8]), 16, random.pick([0, 8])),
    ],
  });
};

/** A table of constants, of which the code has a pointer. */
export const table: Template = (random) => {
  const count = random.pick([2, 4, 32, 512, 600]);
  const rodata = new Uint8Array(8 * count).map((_, at) => (at * 37 + count) & 0xff);
  const entry = "slot c9, 0\nslli x5, x10, 3\ncincoffset c9, c9, x5";
  return made(random, {
    code: `get:\n${entry}\nld x10, 0(c9)\n${RETURN}\nput:\n${entry}\nsd x11, 0(c9)\n${RETURN}`,
    exports: ["get", "put"],
    slots: [{ to: "rodata", target: 0, size: 8 * count, addend: 0 }],
    rodata,
  });
};

/** A table of functions, one of which is entered by its number. */
export const functions: Template = (random) => {
  const names = ["double", "next", "keep"];
  return made(random, {
    code: `choose:\nslots c9\nandi x5, x11, 3\nslli x5, x5, 4\ncincoffset c9, c9, x5\nlc c9, 0(c9)\ncjalr c0, 0(c9)
double:\nadd x10, x10, x10\n${RETURN}\nnext:\naddi x10, x10, 1\n${RETURN}
keep:\ncls c8, 0, 8\nsd x10, 0(c8)\n${RETURN}`,
    exports: ["choose", "keep"],
    slots: names.map((label) => ({ to: "code", label })),
    init: new Uint8Array(16),
  });
};

/** Reads and writes what its caller lends it. */
export const borrower: Template = (random) =>
  made(random, {
    code: `sum:\nld x5, 0(c27)\nld x6, 8(c27)\nadd x10, x5, x6\n${RETURN}
fill:\nsd x10, 0(c27)\nsd x11, 8(c27)\ncgetlen x10, c27\n${RETURN}
keep:\nld x5, 0(c27)\ncls c8, 0, 8\nsd x5, 0(c8)\naddi x10, x14, 0\n${RETURN}
last:\ncgetlen x5, c27\ncincoffset c9, c27, x5\nsb x10, ${random.pick([-1, -1, 0])}(c9)\n${RETURN}`,
    exports: ["sum", "fill", "keep", "last"],
    init: new Uint8Array(16),
  });

/** Uses the stack that it is given, which is zero, and its ends. */
export const stacker: Template = (random) =>
  made(random, {
    code: `push:\ncincoffsetimm c2, c2, -32\nsd x10, 0(c2)\nsd x11, 8(c2)\nld x10, 8(c2)\n${RETURN}
look:\nld x10, -${random.pick([24, 32, 32, 8 * (1 + random.below(128))])}(c2)\n${RETURN}
above:\nld x10, 0(c2)\n${RETURN}
deep:\nsd x10, -1024(c2)\nld x10, -1032(c2)\n${RETURN}`,
    exports: ["push", "look", "above", "deep"],
  });

/** Never comes back if it is asked not to. */
export const spinner: Template = (random) =>
  made(random, {
    code: `spin:\nandi x5, x10, 1\nhere:\nbne x5, x0, here\n${RETURN}`,
    exports: ["spin"],
  });

/** Calls what its client has given it, and counts. */
export const caller: Template = (random) => {
  const imports = 1 + random.below(2);
  const slot = (index: number) => 16 + 32 * index;
  const count = "cls c9, 0, 8\nld x5, 0(c9)";
  const go = (index: number) => `cls c8, ${slot(index)}, 32
lc c5, 0(c8)
lc c6, 16(c8)
auipcc c1, 0
cincoffsetimm c1, c1, 12
cinvoke c5, c6`;
  // Who is called by the first import calls one himself: circles of objects that call two each come to an end soon.
  const visit = (name: string, indices: readonly number[]) => `${name}:
cmove c18, c1
cmove c19, c13
addi x13, x0, 1
${count}
addi x5, x5, 1
sd x5, 0(c9)
${indices.map(go).join(`\nbne x19, x0, out_${name}\n`)}
out_${name}:
${count}
slli x10, x10, 1
add x10, x10, x5
cjalr c0, 0(c18)`;
  const places = Array.from({ length: imports }, (_, index) => index);
  return made(random, {
    code: `${visit("all", places)}\n${visit("last", [imports - 1])}\ncount:\n${count}\naddi x10, x5, 0\n${RETURN}`,
    exports: ["all", "last", "count"],
    init: new Uint8Array(16 + 32 * imports),
    imports: places.map((index) => `import${index}`),
    relocations: places.map((index) => ({
      kind: KIND.import,
      segment: SEGMENT.state,
      place: slot(index),
      target: index,
      size: 32,
      addend: 0,
    })),
  });
};

/** Calls what its client has given it, and never comes back if it is told an odd number. */
export const waiter: Template = (random) =>
  made(random, {
    code: `wait:
cmove c18, c1
cls c8, 0, 32
lc c5, 0(c8)
lc c6, 16(c8)
auipcc c1, 0
cincoffsetimm c1, c1, 12
cinvoke c5, c6
andi x5, x10, 1
here:
bne x5, x0, here
cjalr c0, 0(c18)`,
    exports: ["wait"],
    init: new Uint8Array(32),
    imports: ["told"],
    relocations: [{ kind: KIND.import, segment: SEGMENT.state, place: 0, target: 0, size: 32, addend: 0 }],
  });

/**
 * Uses a place of the table of states by its number, whosever it is; the table has 64. It tells only whether something is
 * there: bytes of an import say where ways in lie, which nobody promises.
 */
export const stranger: Template = (random) => {
  const entry = `lc c9, ${16 * random.pick([0, 1, 2, 63, 64, 65, -1])}(c26)`;
  return made(random, {
    code: `look:\n${entry}\nld x10, 0(c9)\nsltu x10, x0, x10\n${RETURN}\nleave:\n${entry}\nsd x10, 0(c9)\n${RETURN}`,
    exports: ["look", "leave"],
  });
};

/** Templates by weight. */
export const templates: readonly Template[] = [
  counter,
  counter,
  array,
  struct,
  pointers,
  pointers,
  table,
  functions,
  borrower,
  stacker,
  spinner,
  stranger,
  stranger,
  caller,
  caller,
  resident,
];
