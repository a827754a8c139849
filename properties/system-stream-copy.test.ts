import { describe, expect, test } from "vitest";
import { createEngine } from "../impl/engine/index.ts";
import { Forge } from "../impl/intravisor/forge.ts";
import { RAM_SIZE } from "../impl/intravisor/layout.ts";
import { Courier } from "../impl/intravisor/stream-copy.ts";
import type { Cvm } from "../impl/intravisor/tables.ts";
import { assembleProgram } from "../model/isa/index.ts";

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;

const CODE = 0x8090_0000;
const SENT = { base: 0x80a0_0100, size: 32 };
const POSTED = { base: 0x80b0_0100, size: 16 };
/** The place that the stub comes back to, behind the code. */
const DONE_AT = 0x800;
const receiver = { codeBase: CODE, codeSize: 0x4000 } as Cvm;

/** Runs code in place of the receiver's stub: what was thrown, and the pages of both sides before and after. */
function deliverBy(code: string) {
  const engine = createEngine({ ramSize: RAM_SIZE });
  engine.reset({ preset: "dii" });
  const forge = new Forge(engine, assemble);
  const words = (text: string) => new Uint8Array(Uint32Array.from(assemble(text, false)).buffer);
  engine.load(BigInt(CODE), words(code));
  engine.load(BigInt(CODE + DONE_AT), words("ebreak"));
  const pages = () => [SENT, POSTED].map(({ base }) => engine.peek(BigInt(base - 0x100), 0x200).slice());
  const bytes = Uint8Array.from({ length: 0x200 }, (_, at) => (at * 7 + 1) & 0xff);
  engine.load(BigInt(SENT.base - 0x100), bytes);
  const before = pages();
  const courier = new Courier(engine, forge, { deliver: 0, done: DONE_AT });
  let thrown: string | null = null;
  try {
    courier.deliver(SENT, receiver, POSTED);
  } catch (error) {
    thrown = (error as Error).message;
  }
  return { thrown, before, after: pages(), tagged: engine.hart.tagsIn(BigInt(POSTED.base), 16) };
}

/** Sixteen bytes, honestly, and what the stub answers. */
const HONEST = `
  cspecialrw c6, ddc, c0
  ld.cap x28, (c27)
  sd.cap x28, (c6)
  cincoffsetimm c5, c27, 8
  cincoffsetimm c6, c6, 8
  ld.cap x28, (c5)
  sd.cap x28, (c6)
  addi x10, x0, 16
  jalr x0, 0(x1)
`;

/** Each of them goes on honestly, were it not stopped. */
const hostile: Readonly<Record<string, string>> = {
  "write to the sender's buffer": "  sb.cap x0, (c27)",
  "clear the sender's buffer by way of a capability": "  sc.cap c0, (c27)",
  "read behind the sender's buffer": "  cincoffsetimm c5, c27, 32\n  lbu.cap x28, (c5)",
  "read before the sender's buffer": "  cincoffsetimm c5, c27, -1\n  lbu.cap x28, (c5)",
  "read across the end of the sender's buffer": "  cincoffsetimm c5, c27, 25\n  ld.cap x28, (c5)",
  "write behind the posted buffer": "  cspecialrw c6, ddc, c0\n  cincoffsetimm c6, c6, 16\n  sb.cap x1, (c6)",
  "write before the posted buffer": "  cspecialrw c6, ddc, c0\n  cincoffsetimm c6, c6, -1\n  sb.cap x1, (c6)",
  "read the posted buffer": "  cspecialrw c6, ddc, c0\n  lbu.cap x28, (c6)",
  "keep the capability in the posted buffer": "  cspecialrw c6, ddc, c0\n  sc.cap c27, (c6)",
  "reach the sender's buffer by its address": "  cgetaddr x28, c27\n  lbu x28, 0(x28)",
  "do less than it says": "  addi x10, x0, 15\n  jalr x0, 0(x1)",
};

describe("the copy of a stream", () => {
  test("is made by what the receiver's code may do, which is enough", () => {
    const { thrown, before, after } = deliverBy(HONEST);
    expect(thrown).toBeNull();
    expect(after[0]).toEqual(before[0]);
    expect(after[1]!.subarray(0x100, 0x110)).toEqual(before[0]!.subarray(0x100, 0x110));
    expect(after[1]!.subarray(0x110)).toEqual(before[1]!.subarray(0x110));
  });

  // I-79: the peer cannot write to the sender's buffer nor read outside it, whatever code of it runs; I-75 likewise.
  test.each(Object.entries(hostile))("does not let the receiver's code %s", (_, code) => {
    const { thrown, before, after, tagged } = deliverBy(`${code}\n${HONEST}`);
    expect(thrown).toMatch(/not delivered/);
    expect(after).toEqual(before);
    expect(tagged).toEqual([]);
  });
});
