/** What the bodies of looping programs are made of. */
import * as fc from "fast-check";

/** A piece of the body: lines, in which LABEL stands for a name of the piece's own. */
type Piece = string;

const low = fc.integer({ min: 5, max: 15 });
const shortRegister = fc.integer({ min: 8, max: 15 });
const pointer = fc.integer({ min: 16, max: 19 });
const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** Lines from a template; each `$` is the next value. */
function line(template: string, ...values: readonly fc.Arbitrary<number | string>[]): fc.Arbitrary<Piece> {
  return fc.tuple(...values).map((all) => {
    const rest = [...all];
    return template.replace(/\$/g, () => String(rest.shift()));
  });
}

const small = fc.integer({ min: -48, max: 48 });
const even = fc.integer({ min: 0, max: 15 }).map((value) => value * 4);

const integer = fc.oneof(
  line(
    "$ x$, x$, x$",
    pick("add", "sub", "xor", "mul", "mulhu", "sltu", "srl", "div", "rem", "addw"),
    low,
    low,
    low,
  ),
  line("$ x$, x$, $", pick("addi", "xori", "andi", "sltiu", "addiw"), low, low, small),
  line("slli x$, x$, $", low, low, fc.integer({ min: 0, max: 63 })),
  line("lui x$, $", low, fc.integer({ min: 0, max: 99 })),
  line("c.addi x$, $", low, fc.integer({ min: 1, max: 31 })),
  line("c.mv x$, x$", low, low),
  line("c.sub x$, x$", shortRegister, shortRegister),
);

const derivation = fc.oneof(
  line("cincoffsetimm c$, c$, $", low, pick(5, 6, 16, 17, 19), small),
  line("cincoffset c$, c$, x$", low, pick(5, 6, 7, 16, 19), low),
  // In place, as a loop moves along what it works on; c16 stays where it is for the others.
  fc.tuple(pick(17, 19), small).map(([moved, by]) => `cincoffsetimm c${moved}, c${moved}, ${by}`),
  pick("cincoffsetimm c19, c19, 8", "ccleartag c19, c19", "csetboundsimm c19, c16, 64"),
  line("csetboundsimm c$, c$, $", low, pick(5, 6, 16, 19), fc.integer({ min: 0, max: 80 })),
  line("csetaddr c$, c$, x$", low, pick(5, 6, 16), low),
  line("candperm c$, c$, x$", low, pick(5, 16, 19), low),
  line("cmove c$, c$", low, pick(5, 6, 7, 16, 17, 18, 19, 20)),
  line("ccleartag c$, c$", low, low),
  line("cseal c$, c$, c22", low, pick(5, 16)),
  line("cunseal c$, c$, c22", low, low),
  line(
    "$ x$, c$",
    pick("cgettag", "cgetbase", "cgetlen", "cgetperm", "cgetaddr", "cgettype", "cgettop"),
    low,
    low,
  ),
  line("cclear 0, $", pick(0x20, 0x40, 0xe0)),
  line("cclear 1, $", fc.integer({ min: 0, max: 255 })),
);

const access = fc.oneof(
  line("$ x$, $(x$)", pick("lb", "lhu", "lw", "ld", "sb", "sh", "sw", "sd"), low, small, pointer),
  line("$ x$, $(x$)", pick("lw", "ld", "sw", "sd"), low, pick(0, 8, 16, 24), low),
  line("$ c$, $(x$)", pick("lc", "sc"), low, pick(0, 16, 32, -16), pointer),
  line("$ x$, (c$)", pick("lw.cap", "ld.cap", "sd.cap", "sb.cap"), low, fc.oneof(pointer, low)),
  line("$ c$, (c$)", pick("lc.cap", "sc.cap"), low, fc.oneof(pointer, low)),
  line("$ x$, (x$)", pick("lw.ddc", "sd.ddc"), low, pointer),
  line("amoadd.w x$, x$, (x$)", low, low, pick(16, 17)),
  line("lr.d x$, (x$)\n sc.d x$, x$, (x16)", low, pick(16, 17), low, low),
  line("c.lw x$, $(x$)", shortRegister, even, shortRegister),
);

/** Instructions of the body are read and written: the same bytes, another operand, or anything. */
const patch = fc.oneof(
  line("lw x21, $(x18)\n sw x21, $(x18)", even, even),
  fc
    .tuple(even, pick(256, 4096, 0))
    .map(
      ([at, change]) => `lw x21, ${at}(x18)\n lui x25, ${change}\n xor x21, x21, x25\n sw x21, ${at}(x18)`,
    ),
  line("sw x$, $(x18)", low, fc.integer({ min: 64, max: 1000 })),
  line("lc c21, 0(x18)\n sc c21, 0(x18)"),
  line("fence.i"),
);

const system = fc.oneof(
  line("csrrs x$, $, x0", low, pick("mcycle", "minstret", "mcause", "misa", "mstatus")),
  line("csrrw x$, $, x$", low, pick("mcycle", "minstret", "mscratch"), low),
  line("ecall"),
  line("c.ebreak"),
  line(".4byte 0xffffffff"),
  line("csrrci x0, misa, 4\n csrrsi x0, misa, 4"),
  line(
    "cspecialrw c21, ddc, c0\n cspecialrw c0, ddc, c$\n sd x5, $(x16)\n cspecialrw c0, ddc, c21",
    pick(19, 17, 5),
    small,
  ),
  line("cspecialrw c$, $, c0", low, pick("pcc", "ddc", "mepcc", "mscratchc")),
);

export const straight: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 5, arbitrary: integer },
  { weight: 5, arbitrary: derivation },
  { weight: 6, arbitrary: access },
  { weight: 1, arbitrary: patch },
  { weight: 1, arbitrary: system },
);

/**
 * What seldom happens in a loop: an access leaves its bounds, writes over code, PCC ends
 * just behind a jump, or a jump changes the encoding mode.
 */
const seldom = fc.oneof(
  line(
    "andi x25, x26, 7\n slli x25, x25, $\n cincoffset c21, c19, x25\n $ x$, (c21)",
    pick(3, 4, 5),
    pick("ld.cap", "sd.cap", "lw.cap"),
    low,
  ),
  fc
    .tuple(even, pick("", "lui x25, 256\n xor x23, x23, x25"), pick("sw.cap", "sb.cap", "sd.cap"))
    .map(([at, change, store]) =>
      [
        ...unlessNow("x25", 15),
        "sub x21, x16, x18",
        "and x21, x21, x25",
        `add x21, x21, x18`,
        `addi x21, x21, ${at}`,
        "csetaddr c21, c16, x21",
        "lw.cap x23, (c21)",
        change,
        `${store} x23, (c21)`,
      ].join("\n"),
    ),
  fc.constant(
    [
      "auipc x21, 0",
      ...unlessNow("x25", 63),
      "andi x25, x25, 2047",
      "add x25, x25, x21",
      "sub x25, x25, x18",
      "addi x25, x25, 60",
      "csetaddr c23, c20, x18",
      "csetbounds c23, c23, x25",
      "csetaddr c23, c23, x21",
      "cincoffsetimm c23, c23, 56",
      "jalr.cap c0, c23",
    ].join("\n"),
  ),
  fc.constant(
    [
      "auipc x21, 0",
      ...unlessNow("x25", 15),
      "addi x25, x25, 1",
      "cgetflags x23, c20",
      "xor x25, x25, x23",
      "csetaddr c23, c20, x21",
      "cincoffsetimm c23, c23, 48",
      "csetflags c23, c23, x25",
      "jalr.cap c0, c23",
      // c3 counts the turns in capability mode.
      "auipc x4, 0",
      "cgettag x4, c4",
      "add x3, x3, x4",
    ].join("\n"),
  ),
);

/** The register becomes 0 once in `mask` + 1 turns of the body, not the first, and all ones otherwise. */
function unlessNow(register: string, mask: number): string[] {
  return [
    `addi ${register}, x26, 6`,
    `andi ${register}, ${register}, ${mask}`,
    `sltiu ${register}, ${register}, 1`,
    `addi ${register}, ${register}, -1`,
  ];
}

/** Forward branches, inner loops, and calls: direct, through registers, through capabilities and sealed entries. */
const controlled = fc.oneof(
  line("$ x$, x$, LABEL\n $\n $\nLABEL:", pick("beq", "bne", "bltu", "bge"), low, low, straight, straight),
  line("andi x25, x26, 3\n bne x25, x0, LABEL\n $\nLABEL: $", straight, straight),
  line("c.beqz x$, LABEL\n $\nLABEL: addi x26, x26, 1", shortRegister, straight),
  line(
    "addi x27, x0, $\nLABEL: $\n $\n addi x27, x27, -1\n bne x27, x0, LABEL",
    pick(1, 2, 9),
    straight,
    straight,
  ),
  line("DIRECT_CALL"),
  line("jalr.pcc x1, x28"),
  line("jalr.cap c1, c29"),
  line("csealentry c21, c29\n jalr.cap c1, c21"),
  // PCC becomes narrower, or what it was.
  line("auipc x21, 0\n csetaddr c21, c$, x21\n cincoffsetimm c21, c21, 16\n jalr.cap c0, c21", pick(20, 24)),
);

export const piece = fc.oneof(
  { weight: 3, arbitrary: straight },
  { weight: 2, arbitrary: controlled },
  { weight: 1, arbitrary: seldom },
);
