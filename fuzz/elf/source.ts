import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { codeBytes } from "../lockstep/stepwise.ts";
import { type ElfContent, formatElf } from "./writer.ts";

/** Where the words of a source lie. */
const CODE_BASE = 0x8000_0000n;

/**
 * Assembles a bare-metal program into an ELF file.
 *
 * Beside instructions and labels a source has lines for the file: `.symbol NAME ADDRESS` names an address,
 * `.entry ADDRESS` says where to start (0x80000000 otherwise).
 *
 * @param name stands for the file in messages.
 * @throws BadInput naming the line that cannot be used.
 */
export function buildElf(source: string, name: string): Buffer {
  const symbols = new Map<string, bigint>();
  let entry = CODE_BASE;
  const lines = source.split("\n").map((line, index) => {
    const refuse = (expected: string): never => {
      throw new BadInput(`${name}: line ${index + 1}: expected ${expected}`);
    };
    const [directive, ...words] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (directive === ".symbol") {
      if (words.length !== 2) refuse(".symbol NAME ADDRESS");
      symbols.set(words[0]!, addressOf(words[1]!) ?? refuse(".symbol NAME ADDRESS"));
    } else if (directive === ".entry") {
      entry = (words.length === 1 ? addressOf(words[0]!) : undefined) ?? refuse(".entry ADDRESS");
    } else return line;
    return "";
  });

  const bytes = assemble(lines.join("\n"), name);
  const content: ElfContent = { entry, address: CODE_BASE, bytes, memorySize: BigInt(bytes.length), symbols };
  return formatElf(content);
}

function assemble(text: string, name: string): Uint8Array {
  try {
    return codeBytes(assembleProgram(text).words);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput(`${name}: ${error.message}`);
    throw error;
  }
}

function addressOf(text: string): bigint | undefined {
  return /^0x[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(text) : undefined;
}
