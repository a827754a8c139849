/** Pseudo-instructions of guests: what is easier to read than what it stands for. */
import { wordAt } from "./guest-data.ts";

/**
 * A pseudo-instruction as instructions; any other as it is. Distances that are not known yet are left as the halves
 * `%high` and `%low` of a label of code, and `%dataHigh` and `%dataLow` of a label of data. `number` reads numbers and names.
 */
export function expand(source: string, number: (text: string) => bigint): readonly string[] {
  const [name = "", rest = ""] = splitOnce(source);
  const [first = "", second = ""] = rest.split(",").map((one) => one.trim());
  switch (name) {
    case "li":
      return loadNumber(first, number(second));
    case "la":
      // The two halves of a distance that is not known yet; filled in at the end.
      return [`auipc ${first}, %high(${second})`, `addi ${first}, ${first}, %low(${second})`];
    case "lea":
      return [
        `lui ${first}, %dataHigh(${second})`,
        `addi ${first}, ${first}, %dataLow(${second})`,
        `add ${first}, ${first}, gp`,
      ];
    case "mv":
      return [`addi ${first}, ${second}, 0`];
    case "nop":
      return ["addi x0, x0, 0"];
    case "j":
      return [`jal x0, ${first}`];
    case "call":
      return [`jal ra, ${first}`];
    case "ret":
      return ["jalr x0, 0(ra)"];
    case "neg":
      return [`sub ${first}, x0, ${second}`];
    case "beqz":
      return [`beq ${first}, x0, ${second}`];
    case "bnez":
      return [`bne ${first}, x0, ${second}`];
    case "bltz":
      return [`blt ${first}, x0, ${second}`];
    case "bgez":
      return [`bge ${first}, x0, ${second}`];
    default:
      return [source];
  }
}

/** A number into a register: 12 bits, 32 bits, or eleven bits at a time. */
function loadNumber(register: string, value: bigint): readonly string[] {
  const signed = BigInt.asIntN(64, value);
  if (signed >= -2048n && signed < 2048n) return [`addi ${register}, x0, ${signed}`];
  if (signed >= -(1n << 31n) && signed < 1n << 31n) {
    const { high, low } = wordAt(Number(signed));
    return [`lui ${register}, ${high}`, `addiw ${register}, ${register}, ${low}`];
  }
  const bits = BigInt.asUintN(64, value);
  const lines = [`addi ${register}, x0, ${bits >> 55n}`];
  for (let bit = 44n; bit >= 0n; bit -= 11n) {
    lines.push(
      `slli ${register}, ${register}, 11`,
      `addi ${register}, ${register}, ${(bits >> bit) & 0x7ffn}`,
    );
  }
  return lines;
}

/** The first word of a text and the rest. */
export function splitOnce(text: string): string[] {
  const space = text.search(/\s/);
  return space < 0 ? [text] : [text.slice(0, space), text.slice(space).trim()];
}
