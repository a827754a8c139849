/** What threads set out for: a stub of the guest's, instructions put into their place, their own program. */
import type { Authority } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import type { StubErrand } from "./actions.ts";
import { storeOf } from "./domain.ts";
import type { GuestPlaces } from "./guest-places.ts";
import { BODY_BYTES, BODY_PLACES, IMAGE_AT, PAGE } from "./layout.ts";
import { type Activity, domainOf, type Frame, type Thread } from "./tables.ts";

/** Machine steps of a stub that copies nothing; objects that it calls have twice OBJECT_STEPS at most. */
export const STUB_STEPS = 1 << 20;
/** Of one that does, more for each byte: the slowest loop takes 14. */
const STEPS_PER_BYTE = 16;
/** Bytes of the largest cVM: none can reach more at a time. */
const REACH_MAX = 1n << 25n;
/** Machine steps of a body or a piece of a program. */
const CODE_STEPS = 4096;
const [A0, T5, RA, TP] = [10, 30, 1, 4];
const PCC = 0x20;
/** What a call leaves null on its way out, but for c6 and c27. */
export const TEMPORARIES = [5, 6, 7, 13, 14, 15, 16, 17, 28, 29, 30, 31];
/** c.ebreak, twice. */
const END_OF_BODY = 0x9002_9002;
/** Stubs that have more than one result. */
const SEVERAL: readonly string[] = ["hostcall", "scocall"];

export class Departures {
  private readonly engine: Engine;
  private readonly places: GuestPlaces;
  /** What temporaries hold when a thread's next stub begins, where they are not zero: see secrets.ts. */
  temporaries: { readonly thread: Thread; readonly of: (register: number) => bigint } | null = null;

  constructor(engine: Engine, places: GuestPlaces) {
    this.engine = engine;
    this.places = places;
  }

  /** Sends a thread, under its DDC, to a stub of the guest's, with the number of a call in t5. */
  toStub(thread: Thread, { stub, args, number }: StubErrand, ddc: Authority, isSliced: boolean): void {
    const { hart } = this.engine;
    const at = (label: string) => BigInt(domainOf(thread).codeBase + this.places.stub(label));
    this.place(thread, "stub", at(stub));
    const held = this.temporaries?.thread === thread ? this.temporaries.of : () => 0n;
    this.temporaries = null;
    for (const register of TEMPORARIES) hart.setInteger(register, held(register));
    for (let index = 0; index < 8; index++) hart.setInteger(A0 + index, args[index] ?? 0n);
    hart.setInteger(T5, number);
    hart.setInteger(TP, BigInt(thread.frames.at(-1)!.stack));
    hart.setInteger(RA, at("done"));
    thread.context = hart.save(thread.context);
    const reach = ddc.top - ddc.base;
    const most = STUB_STEPS + STEPS_PER_BYTE * Number(reach < REACH_MAX ? reach : REACH_MAX);
    thread.underWay = { ...begun("stub", isSliced, most), isLocal: !SEVERAL.includes(stub) };
  }

  /** Sends a thread to instructions put into its place for them; false if there is none for it. */
  toBody(thread: Thread, words: readonly number[], isSliced: boolean): boolean {
    const { engine } = this;
    const frame = thread.frames.at(-1)!;
    if (frame.stack >= BODY_PLACES || words.length >= BODY_BYTES / 4) return false;
    const at = storeOf(frame.cvm) - PAGE + frame.stack * BODY_BYTES;
    const place = new Uint32Array(BODY_BYTES / 4).fill(END_OF_BODY);
    place.set(words);
    this.place(thread, "body", BigInt(at));
    this.temporaries = null;
    engine.load(BigInt(at), new Uint8Array(place.buffer));
    frame.doing.end = at + 4 * words.length;
    thread.context = engine.hart.save(thread.context);
    thread.underWay = begun("body", isSliced, CODE_STEPS);
    return true;
  }

  /** Lets a thread's own code go on: what it was in, or the entry of its image. */
  toProgram(thread: Thread, isSliced: boolean): void {
    if (thread.frames.at(-1)!.doing.code === "stub") {
      this.place(thread, "program", BigInt(domainOf(thread).codeBase + IMAGE_AT));
      thread.context = this.engine.hart.save(thread.context);
    }
    thread.underWay = begun("go", isSliced, isSliced ? Number.POSITIVE_INFINITY : CODE_STEPS);
  }

  /** Loads the hart with a thread that is about to begin something in the domain it is in, and is not in the gate. */
  private place(thread: Thread, code: Frame["doing"]["code"], pc: bigint): void {
    const { hart } = this.engine;
    const { doing } = thread.frames.at(-1)!;
    hart.restore(thread.context);
    hart.setRegister(PCC, doing.pcc);
    hart.pc = pc;
    doing.code = code;
  }
}

export function begun(kind: Activity["kind"], isSliced: boolean, left: number): Activity {
  return { kind, isSliced, left, isLocal: false, hasAsked: false, entering: 0 };
}
