/**
 * How bytes of the host come into guests and out of them: by machine code of the Intravisor's own, through the guest's
 * DDC and a place of the Intravisor's to put them down. Bounds and permissions are for the hardware to see to; data
 * stores leave no tag behind (I-11, I-12). If the guest may not touch what it named the copier faults, which ends it
 * with EFAULT and nothing else (3.9): it touches both ends before it moves anything.
 */
import type { Engine } from "../engine/index.ts";
import { blockOf } from "./domain.ts";
import { type Assemble, type Forge, perms } from "./forge.ts";
import { BOUNCE_AT, BOUNCE_SIZE, block, COPIER_AT } from "./layout.ts";
import { type Program, programOf } from "./program.ts";
import type { Thread } from "./tables.ts";

const [LOOK, TO_GUEST, FROM_GUEST] = [0, 1, 2];
const [ADDRESS, LENGTH, WAY] = [12, 13, 28];
const PCC = 0x20;
const DDC = 0x21;
const MEPCC = 0x3f;
const CAUSE_BREAKPOINT = 3n;
/** Machine steps of the longest copy, with room to spare. */
const STEPS_MAX = 8 * BOUNCE_SIZE + 64;

const move = (load: string, store: string, size: number): string => `
  ${load}.cap x29, (c5)
  ${store}.cap x29, (c6)
  cincoffsetimm c5, c5, ${size}
  cincoffsetimm c6, c6, ${size}
  addi x13, x13, -${size}
`;

/** c5 the guest's DDC, c6 the Intravisor's place, x12 an address of the guest's, x13 bytes, x28 which way. */
const COPIER = `
  beq x13, x0, over
  csetaddr c7, c5, x12
  lbu.cap x29, (c7)
  add x30, x12, x13
  addi x30, x30, -1
  csetaddr c5, c5, x30
  lbu.cap x29, (c5)
  cmove c5, c7
  addi x29, x0, ${FROM_GUEST}
  beq x28, x29, copy
  beq x28, x0, over
  cmove c5, c6
  cmove c6, c7
copy:
  andi x29, x12, 7
  bne x29, x0, bytes
  addi x31, x0, 8
eights:
  bltu x13, x31, bytes
${move("ld", "sd", 8)}
  jal x0, eights
bytes:
  beq x13, x0, over
${move("lbu", "sb", 1)}
  jal x0, bytes
over:
  ebreak
`;

export function copierProgram(assemble: Assemble): Program {
  return programOf(COPIER, false, assemble);
}

export class DeviceCopy {
  private readonly engine: Engine;
  private readonly forge: Forge;
  private readonly program: Program;
  private readonly context: Uint8Array;

  /** The engine must be as a reset leaves it. */
  constructor(engine: Engine, forge: Forge, program: Program) {
    this.engine = engine;
    this.forge = forge;
    this.program = program;
    this.context = this.prepare();
  }

  /** The copier's registers but for what it copies: nothing of the Intravisor's but its place. */
  private prepare(): Uint8Array {
    const { engine, forge, program } = this;
    const { hart } = engine;
    const running = hart.save();
    engine.load(BigInt(COPIER_AT), program.bytes);
    forge.begin();
    forge.make({ base: BOUNCE_AT, size: BOUNCE_SIZE, perms: perms.load | perms.store });
    hart.copy(6, 5);
    forge.make({ base: COPIER_AT, size: program.bytes.length, perms: perms.execute });
    hart.copy(PCC, 5);
    for (let register = 1; register < 32; register++) if (register !== 6) hart.setInteger(register, 0n);
    hart.copy(DDC, 1);
    const context = hart.save();
    hart.restore(running);
    return context;
  }

  /** DDC that a thread called with, put aside. */
  ddcOf(thread: Thread): Uint8Array {
    const { hart } = this.engine;
    const running = hart.save();
    this.forge.begin();
    this.forge.loadFrom(blockOf(thread) + block.ddc);
    const ddc = hart.register(5);
    hart.restore(running);
    return ddc;
  }

  /** Whether a guest may touch all of these bytes; any place will do for none. At most 2^47. */
  reaches(ddc: Uint8Array, address: bigint, length: bigint): boolean {
    return this.run(ddc, address, length, LOOK);
  }

  /** Writes bytes, at most BOUNCE_SIZE; false if the guest may not, and then nothing was written. */
  toGuest(ddc: Uint8Array, address: bigint, bytes: Uint8Array): boolean {
    this.engine.load(BigInt(BOUNCE_AT), bytes);
    const isDone = this.run(ddc, address, BigInt(bytes.length), TO_GUEST);
    this.engine.load(BigInt(BOUNCE_AT), new Uint8Array(bytes.length));
    return isDone;
  }

  /** A copy of bytes, at most BOUNCE_SIZE; null if the guest may not read them all. */
  fromGuest(ddc: Uint8Array, address: bigint, length: number): Uint8Array | null {
    if (!this.run(ddc, address, BigInt(length), FROM_GUEST)) return null;
    const bytes = this.engine.peek(BigInt(BOUNCE_AT), length).slice();
    this.engine.load(BigInt(BOUNCE_AT), new Uint8Array(length));
    return bytes;
  }

  private run(ddc: Uint8Array, address: bigint, length: bigint, way: number): boolean {
    const { hart } = this.engine;
    const running = hart.save();
    hart.restore(this.context);
    hart.setRegister(5, ddc);
    hart.setInteger(ADDRESS, address);
    hart.setInteger(LENGTH, length);
    hart.setInteger(WAY, BigInt(way));
    const { trapped } = hart.runToTrap(STEPS_MAX);
    const { cause } = hart.trap();
    const at = Number(hart.integer(MEPCC)) - COPIER_AT;
    hart.restore(running);
    if (!trapped || at < 0 || at >= this.program.bytes.length) throw new Error("defect: a copy did not end");
    return cause === CAUSE_BREAKPOINT && at === this.program.labels["over"];
  }
}
