import { expect, test } from "vitest";
import { disassemble } from "../../model/isa/index.ts";
import { expanded } from "./elf-compressed.ts";

/** What an instruction of 16 bits is with 32, as text. */
function inFull(short: string): string {
  const [name = "", rest = ""] = short.split(/ (.*)/);
  const base = name.slice(2).replace(".hint", "");
  const ops = rest.replaceAll("sp", "x2").split(", ");
  const [first = "", second = "0"] = ops;
  switch (base) {
    case "nop":
      return `addi x0, x0, ${first === "" ? 0 : first}`;
    case "li":
      return `addi ${first}, x0, ${second}`;
    case "lui":
      return `lui ${first}, ${Number(second) & 0xf_ffff}`;
    case "lw":
    case "ld":
    case "sw":
    case "sd":
      return `${base} ${ops.join(", ")}`;
    case "lwsp":
    case "ldsp":
    case "swsp":
    case "sdsp":
      return `${base.slice(0, 2)} ${ops.join(", ")}`;
    case "addi4spn":
      return `addi ${ops.join(", ")}`;
    case "mv":
      return `add ${first}, x0, ${second}`;
    case "addi16sp":
      return `addi ${first}, ${first}, ${second}`;
    case "j":
      return `jal x0, ${first}`;
    case "jr":
      return `jalr x0, 0(${first})`;
    case "jalr":
      return `jalr x1, 0(${first})`;
    case "beqz":
    case "bnez":
      return `${base.slice(0, 3)} ${first}, x0, ${second}`;
    case "ebreak":
      return "ebreak";
    default:
      return `${base} ${first}, ${first}, ${second}`;
  }
}

// Refused by the reference, and so by us: what is reserved, and floating point.
test("every word of 16 bits becomes the one of 32 bits that means the same, as the reference reads both", () => {
  const different: string[] = [];
  const counts = { same: 0, none: 0 };
  for (let word = 0; word < 2 ** 16; word++) {
    if ((word & 3) === 3) continue;
    const text = disassemble(word, false);
    const wide = expanded(word);
    if (wide === null) {
      if (text.startsWith(".2byte")) counts.none++;
      else different.push(text);
    } else {
      const full = disassemble(wide, false);
      if (full === inFull(text)) counts.same++;
      else different.push(`${text}: ${full}`);
    }
  }
  expect(different).toEqual([]);
  expect(counts).toEqual({ same: 38_551, none: 10_601 });
});
