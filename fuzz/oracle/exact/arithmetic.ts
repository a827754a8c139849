/**
 * What integer instructions compute, by name: RV64I, M, Zba, Zbb, Zbc, Zbs. Written from the manual's
 * sentences, bit by bit or byte by byte where it says so. Operands are 0 to 2^64-1; only the low 64 bits of a
 * result count.
 *
 * Source: RISC-V Unprivileged ISA.
 */

type Compute = (left: bigint, right: bigint) => bigint;

const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
const low6 = (value: bigint): bigint => BigInt.asUintN(6, value);
const low5 = (value: bigint): bigint => BigInt.asUintN(5, value);
const isTrue = (condition: boolean): bigint => (condition ? 1n : 0n);
const ONES = 2n ** 64n - 1n;

function lesser(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function greater(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/** Rounds towards zero; all ones for a divisor of zero. */
function quotient(left: bigint, right: bigint): bigint {
  return right === 0n ? ONES : left / right;
}

/** What the quotient leaves: of the sign of the dividend. */
function remainder(left: bigint, right: bigint): bigint {
  return right === 0n ? left : left - right * (left / right);
}

/** The bits of a value as text, highest first. */
function bitsOf(value: bigint, width: number): string {
  return value.toString(2).padStart(width, "0");
}

function leadingZeros(value: bigint, width: number): bigint {
  const first = bitsOf(value, width).indexOf("1");
  return BigInt(first < 0 ? width : first);
}

function trailingZeros(value: bigint, width: number): bigint {
  const last = bitsOf(value, width).lastIndexOf("1");
  return BigInt(last < 0 ? width : width - 1 - last);
}

function ones(value: bigint): bigint {
  let count = 0n;
  for (let left = value; left !== 0n; left &= left - 1n) count++;
  return count;
}

/** The bits of two copies side by side, from bit `amount` on. */
function turnedRight(value: bigint, amount: bigint, width: bigint): bigint {
  return ((value << width) | value) >> amount;
}

/** The bytes of a value, highest first, as pairs of digits. */
function bytesOf(value: bigint): string[] {
  return value.toString(16).padStart(16, "0").match(/../g)!;
}

function fromBytes(bytes: readonly string[]): bigint {
  return BigInt(`0x${bytes.join("")}`);
}

/** Long multiplication without carries: a copy of `left` for each one of `right`. */
function carryless(left: bigint, right: bigint): bigint {
  let product = 0n;
  let copy = left;
  for (let rest = right; rest !== 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) product ^= copy;
    copy <<= 1n;
  }
  return product;
}

/** rd from rs1 and rs2, or from rs1 and an immediate or shift amount. */
export const binary: Readonly<Record<string, Compute>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  sll: (a, b) => a << low6(b),
  srl: (a, b) => a >> low6(b),
  sra: (a, b) => s64(a) >> low6(b),
  slt: (a, b) => isTrue(s64(a) < s64(b)),
  sltu: (a, b) => isTrue(a < b),
  addw: (a, b) => s32(a + b),
  subw: (a, b) => s32(a - b),
  sllw: (a, b) => s32(a << low5(b)),
  srlw: (a, b) => s32(u32(a) >> low5(b)),
  sraw: (a, b) => s32(a) >> low5(b),

  mul: (a, b) => a * b,
  mulh: (a, b) => (s64(a) * s64(b)) >> 64n,
  mulhsu: (a, b) => (s64(a) * b) >> 64n,
  mulhu: (a, b) => (a * b) >> 64n,
  div: (a, b) => quotient(s64(a), s64(b)),
  divu: quotient,
  rem: (a, b) => remainder(s64(a), s64(b)),
  remu: remainder,
  mulw: (a, b) => s32(a * b),
  divw: (a, b) => s32(quotient(s32(a), s32(b))),
  divuw: (a, b) => s32(quotient(u32(a), u32(b))),
  remw: (a, b) => s32(remainder(s32(a), s32(b))),
  remuw: (a, b) => s32(remainder(u32(a), u32(b))),

  "add.uw": (a, b) => u32(a) + b,
  sh1add: (a, b) => 2n * a + b,
  sh2add: (a, b) => 4n * a + b,
  sh3add: (a, b) => 8n * a + b,
  "sh1add.uw": (a, b) => 2n * u32(a) + b,
  "sh2add.uw": (a, b) => 4n * u32(a) + b,
  "sh3add.uw": (a, b) => 8n * u32(a) + b,
  "slli.uw": (a, b) => u32(a) << b,

  andn: (a, b) => a & (b ^ ONES),
  orn: (a, b) => a | (b ^ ONES),
  xnor: (a, b) => a ^ b ^ ONES,
  max: (a, b) => (s64(a) < s64(b) ? b : a),
  maxu: greater,
  min: (a, b) => (s64(a) < s64(b) ? a : b),
  minu: lesser,
  rol: (a, b) => turnedRight(a, 64n - low6(b), 64n),
  ror: (a, b) => turnedRight(a, low6(b), 64n),
  rolw: (a, b) => s32(turnedRight(u32(a), 32n - low5(b), 32n)),
  rorw: (a, b) => s32(turnedRight(u32(a), low5(b), 32n)),

  clmul: carryless,
  clmulh: (a, b) => carryless(a, b) >> 64n,
  clmulr: (a, b) => carryless(a, b) >> 63n,

  bclr: (a, b) => a & ((1n << low6(b)) ^ ONES),
  bext: (a, b) => (a >> low6(b)) & 1n,
  binv: (a, b) => a ^ (1n << low6(b)),
  bset: (a, b) => a | (1n << low6(b)),
};

/** rd from rs1 alone. */
export const unary: Readonly<Record<string, (value: bigint) => bigint>> = {
  clz: (value) => leadingZeros(value, 64),
  clzw: (value) => leadingZeros(u32(value), 32),
  ctz: (value) => trailingZeros(value, 64),
  ctzw: (value) => trailingZeros(u32(value), 32),
  cpop: ones,
  cpopw: (value) => ones(u32(value)),
  "sext.b": (value) => BigInt.asIntN(8, value),
  "sext.h": (value) => BigInt.asIntN(16, value),
  "zext.h": (value) => value & 0xffffn,
  "orc.b": (value) => fromBytes(bytesOf(value).map((byte) => (byte === "00" ? "00" : "ff"))),
  rev8: (value) => fromBytes(bytesOf(value).reverse()),
};

/** Instructions that take an immediate or shift amount where another takes rs2. */
export const immediateForms: Readonly<Record<string, string>> = {
  addi: "add",
  andi: "and",
  ori: "or",
  xori: "xor",
  slti: "slt",
  sltiu: "sltu",
  slli: "sll",
  srli: "srl",
  srai: "sra",
  addiw: "addw",
  slliw: "sllw",
  srliw: "srlw",
  sraiw: "sraw",
  "slli.uw": "slli.uw",
  rori: "ror",
  roriw: "rorw",
  bclri: "bclr",
  bexti: "bext",
  binvi: "binv",
  bseti: "bset",
};

/** Conditions of branches. */
export const conditions: Readonly<Record<string, (left: bigint, right: bigint) => boolean>> = {
  beq: (a, b) => a === b,
  bne: (a, b) => a !== b,
  blt: (a, b) => s64(a) < s64(b),
  bge: (a, b) => s64(a) >= s64(b),
  bltu: (a, b) => a < b,
  bgeu: (a, b) => a >= b,
};

/** What an atomic operation stores: both operands are sign-extended from the size of the access. */
export const atomics: Readonly<Record<string, Compute>> = {
  amoswap: (_, operand) => operand,
  amoadd: (loaded, operand) => loaded + operand,
  amoxor: (loaded, operand) => loaded ^ operand,
  amoand: (loaded, operand) => loaded & operand,
  amoor: (loaded, operand) => loaded | operand,
  amomin: (loaded, operand) => lesser(loaded, operand),
  amomax: (loaded, operand) => greater(loaded, operand),
  amominu: (loaded, operand) => (BigInt.asUintN(64, loaded) < BigInt.asUintN(64, operand) ? loaded : operand),
  amomaxu: (loaded, operand) => (BigInt.asUintN(64, loaded) < BigInt.asUintN(64, operand) ? operand : loaded),
};
