/** Programs that loop: what a translator of hot code has to get right, in little space. */
import * as fc from "fast-check";
import { assembleProgram } from "../model/isa/index.ts";
import { piece, straight } from "./looping-body.ts";

/** A program that never ends, to lie at the start of RAM of 64 KiB or more; machines start it `bare`. */
export interface LoopingProgram {
  readonly bytes: Uint8Array;
  /** Its own part of the text, for a report. */
  readonly [fc.toStringMethod]: () => string;
}

/** Where the parts lie, in bytes from the start of RAM. */
const HANDLER_AT = 0x100;
const BODY_AT = 0x180;
const CALLEE_AT = 0xc00;
const SEALED_AT = 0xd00;
const DATA_AT = 0x2000;

/** Traps are skipped: the handler, in integer mode, goes on behind the instruction. It uses x30 and x31 alone. */
const HANDLER = `
  csrrs x30, mepc, x0
  cspecialrw c31, mtcc, c0
  csetaddr c31, c31, x30
  lhu.cap x31, (c31)
  andi x31, x31, 3
  addi x31, x31, -3
  sltiu x31, x31, 1
  addi x31, x31, 1
  add x30, x30, x31
  add x30, x30, x31
  csrrw x0, mepc, x30
  mret
`;

/**
 * c16 points at data, c17 at the end of a page of it, c18 at the code of the body, c19 at 64 bytes of data. c20 is
 * PCC for the body, in its encoding mode, c24 the same for its beginning alone. x28 and c29 point at callees, c22 is
 * a sealing key.
 */
const PREPARE = `
  auipc x5, 0
  addi x6, x5, ${HANDLER_AT}
  cspecialrw c7, ddc, c0
  csetaddr c8, c7, x6
  cspecialrw c0, mtcc, c8
  lui x6, ${DATA_AT >> 12}
  add x6, x6, x5
  csetaddr c16, c7, x6
  lui x6, ${(DATA_AT >> 12) + 1}
  add x6, x6, x5
  csetaddr c17, c7, x6
  addi x6, x5, ${BODY_AT}
  csetaddr c18, c7, x6
  csetboundsimm c19, c16, 64
  cspecialrw c20, pcc, c0
  addi x23, x0, MODE
  csetflags c20, c20, x23
  csetaddr c20, c20, x6
  csetboundsimm c24, c20, 512
  addi x9, x5, 1536
  addi x28, x9, ${CALLEE_AT - 1536}
  addi x9, x28, ${SEALED_AT - CALLEE_AT}
  csetaddr c29, c20, x9
  addi x23, x0, 100
  csetaddr c22, c7, x23
  jalr.cap c0, c20
`;

/** A looping program whose body is in either encoding mode. */
export const loopingProgram: fc.Arbitrary<LoopingProgram> = fc
  .record({
    capabilityMode: fc.boolean(),
    body: fc.array(piece, { minLength: 1, maxLength: 8 }),
    callee: fc.array(straight, { maxLength: 3 }),
  })
  .map(({ capabilityMode, body, callee }) => {
    const jump = capabilityMode ? "cjal c0, body" : "jal x0, body";
    const call = capabilityMode ? "cjal c1, sealed" : "jal x1, plain";
    const pieces = body.map((each, index) =>
      each.replaceAll("LABEL", `l${index}`).replace("DIRECT_CALL", call),
    );
    const text = placed([
      [0, PREPARE.replace("MODE", capabilityMode ? "1" : "0")],
      [HANDLER_AT, HANDLER],
      [BODY_AT, ["body:", ...pieces, "addi x26, x26, 1", jump].join("\n")],
      [CALLEE_AT, ["plain:", ...callee, "jalr.pcc x0, x1"].join("\n")],
      [SEALED_AT, ["sealed:", ...callee, "jalr.cap c0, c1"].join("\n")],
    ]);
    const shown = () => [...pieces, jump, "callees:", ...callee].join("\n");
    return { bytes: bytesOf(assembleProgram(text).words), [fc.toStringMethod]: shown };
  });

/** The parts' text with fillers between them, so that each begins at its place. */
function placed(parts: readonly (readonly [at: number, text: string])[]): string {
  const { words, lines } = assembleProgram(parts.map(([, text]) => text).join("\n"));
  let line = 0;
  return parts
    .map(([at, text], index) => {
      const first = line;
      line += text.split("\n").length;
      const own = words.filter((_, word) => lines[word]! > first && lines[word]! <= line);
      const room = (parts[index + 1]?.[0] ?? 0) - at - bytesOf(own).length;
      return text + "\nc.nop".repeat(Math.max(0, room / 2));
    })
    .join("\n");
}

function bytesOf(words: readonly number[]): Uint8Array {
  const halves = words.flatMap((word) => ((word & 3) === 3 ? [word & 0xffff, word >>> 16] : [word]));
  return new Uint8Array(Uint16Array.from(halves).buffer);
}
