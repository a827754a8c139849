/** Moves what is sent on a stream: an activation of the receiver's stub, which ends before anybody else runs. */
import type { Engine } from "../engine/index.ts";
import { makePcc } from "./domain.ts";
import { type Forge, perms } from "./forge.ts";
import type { Cvm, Piece } from "./tables.ts";

const [A0, RA, PCC, DDC] = [10, 1, 0x20, 0x21];
/** Where a callee finds the buffer of a call. */
const BUFFER = 27;
const CAUSE_BREAKPOINT = 3n;
/** Machine steps for each byte of a copy that goes byte by byte, and for the rest of the stub. */
const STEPS_PER_BYTE = 8;
const STEPS_MORE = 256;

/** Offsets in every code part of the stub, and of the place that guest code comes back to. */
export interface StreamStub {
  readonly deliver: number;
  readonly done: number;
}

export class Courier {
  private readonly engine: Engine;
  private readonly forge: Forge;
  private readonly stub: StreamStub;

  constructor(engine: Engine, forge: Forge, stub: StreamStub) {
    this.engine = engine;
    this.forge = forge;
    this.stub = stub;
  }

  /**
   * Copies from a sender's piece to the piece that a receiver has named, by the receiver's code and for nobody else to
   * see; returns how many bytes, as the two pieces say. Neither is empty.
   */
  deliver(from: Piece, receiver: Cvm, to: Piece): number {
    const { engine, forge, stub } = this;
    const { hart } = engine;
    const running = hart.save();
    forge.begin();
    forge.make({ ...from, perms: perms.load });
    hart.copy(BUFFER, 5);
    forge.make({ ...to, perms: perms.store });
    hart.copy(DDC, 5);
    makePcc(forge, receiver, receiver.codeBase + stub.deliver);
    hart.copy(PCC, 5);
    for (let register = 1; register < 32; register++) {
      if (register !== BUFFER) hart.setInteger(register, 0n);
    }
    hart.setInteger(RA, BigInt(receiver.codeBase + stub.done));

    const count = Math.min(from.size, to.size);
    const { trapped } = hart.runToTrap(STEPS_MORE + STEPS_PER_BYTE * count);
    const { cause } = hart.trap();
    const said = hart.integer(A0);
    hart.restore(running);
    // The stub lies where no guest can write: if it does not do as it should, it is not the receiver's doing.
    if (!trapped || cause !== CAUSE_BREAKPOINT || said !== BigInt(count)) {
      throw new Error("defect: what was sent on a stream was not delivered");
    }
    return count;
  }
}
