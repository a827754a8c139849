/** A world with merging: operations on address spaces, and the scanner behind them. */
import type {
  ErrorCode,
  Knobs,
  KsmOp,
  KsmReport,
  KsmView,
  KsmWorld,
  PageName,
  Run,
  ScanEvent,
} from "../../model/ksm-contract.ts";
import { Breaking } from "./breaking.ts";
import { eventReader, type ScanEventReader } from "./events.ts";
import { Memory, NONE } from "./memory.ts";
import { PLACE, Records } from "./records.ts";
import { DID, PHASE, Scanner } from "./scanner.ts";
import { dataOf, isSound } from "./script.ts";
import { StableTree } from "./stable.ts";
import { countersOf, pagesView } from "./view.ts";

/** An operation came to nothing; or it cost so many copies. */
type Result = ErrorCode | number;

type Of<Do extends KsmOp["do"]> = Extract<KsmOp, { do: Do }>;
type Range = Of<"map">;

export class KsmWorldMachine {
  readonly #world: KsmWorld;
  readonly #memory: Memory;
  readonly #records: Records;
  readonly #stable: StableTree;
  readonly #scanner: Scanner;
  readonly #breaking: Breaking;
  readonly #eventOf: ScanEventReader;
  /** By space: its tenant; NONE: it does not live. */
  readonly #tenants: Int32Array;
  #knobs: Knobs = { pagesToScan: 100, sleepMs: 20, maxSharing: 256, zeroPages: false, acrossTenants: true };
  #run: Run = 0;

  constructor(world: KsmWorld) {
    const { pageSize, spaces, pages, frames, nodes } = world;
    const slots = spaces * pages;
    this.#world = world;
    this.#memory = new Memory(pageSize, slots, frames, {
      died: (frame) => {
        this.#stable.died(frame);
        this.#scanner.forget(frame);
      },
      leftBy: (frame) => this.#stable.leftBy(frame),
    });
    this.#records = new Records(slots, spaces);
    this.#stable = new StableTree(this.#memory, spaces, frames, nodes);
    this.#scanner = new Scanner(this.#memory, this.#records, this.#stable, world);
    this.#breaking = new Breaking(this.#memory, this.#records);
    this.#eventOf = eventReader(this.#scanner, pages);
    this.#tenants = new Int32Array(spaces).fill(NONE);
  }

  apply(op: KsmOp): KsmReport {
    const events: ScanEvent[] = [];
    const result = this.#perform(op, events);
    const outcome =
      typeof result === "number"
        ? ({ kind: "ok", copied: result } as const)
        : ({ kind: "error", code: result } as const);
    return { outcome, events };
  }

  /**
   * Scans until so many pages are done with, and tells how many there were: fewer where there is nothing to
   * do. Hot:
   * nothing is reported.
   */
  scanPages(count: number): number {
    for (let pages = 0; pages < count; ) {
      const did = this.#scanner.step();
      if (did === DID.idle) return pages;
      if (did !== DID.pass && this.#scanner.phase === PHASE.pick) pages++;
    }
    return count;
  }

  view(): KsmView {
    const spaces = [...this.#tenants].map((tenant, space) => ({ space, tenant }));
    return {
      spaces: spaces.filter(({ tenant }) => tenant !== NONE),
      ...pagesView(this.#memory, this.#records, this.#world.pages),
      framesUsed: this.#memory.used,
      counters: countersOf(this.#memory, this.#records, this.#stable, this.#scanner),
      knobs: this.#knobs,
      run: this.#run,
    };
  }

  #perform(op: KsmOp, events: ScanEvent[]): Result {
    if (!isSound(op, this.#world)) return "EINVAL";
    if ("space" in op && op.do !== "create" && this.#tenants[op.space] === NONE) return "ESRCH";
    switch (op.do) {
      case "create":
        return this.#create(op.space, op.tenant);
      case "exit":
        return this.#exit(op.space);
      case "fork":
        return this.#fork(op.space, op.child);
      case "map":
        return this.#map(op);
      case "unmap":
        return this.#unmap(op);
      case "store":
        return this.#store(op);
      case "store-capability":
        return this.#storeCapability(op);
      case "pin":
        return this.#pin(op);
      case "unpin":
        return this.#unpin(op);
      case "advise":
        return op.isMergeable ? this.#open(op) : this.#close(op);
      case "run":
        return this.#setRun(op.run);
      case "knob":
        return this.#turn(op);
      case "scan":
        return this.#scan(op.unit, op.count, events);
      case "wake":
        return this.#scan("page", this.#knobs.pagesToScan, events);
    }
  }

  #create(space: number, tenant: number): Result {
    if (this.#tenants[space] !== NONE) return "EEXIST";
    this.#tenants[space] = tenant;
    this.#regroup();
    return 0;
  }

  #exit(space: number): Result {
    const first = space * this.#world.pages;
    for (let slot = first; slot < first + this.#world.pages; slot++) this.#drop(slot);
    this.#tenants[space] = NONE;
    return 0;
  }

  #fork(space: number, child: number): Result {
    if (this.#tenants[child] !== NONE) return "EEXIST";
    const { frameOf, pins, mergeable } = this.#memory;
    const { pages } = this.#world;
    const first = space * pages;
    let copies = 0;
    for (let slot = first; slot < first + pages; slot++) {
      if (frameOf[slot] !== NONE && pins[frameOf[slot]!]! > 0) copies++;
    }
    if (copies > this.#memory.freeFrames()) return "ENOMEM";

    this.#tenants[child] = this.#tenants[space]!;
    this.#regroup();
    for (let page = 0; page < pages; page++) {
      const [from, to] = [first + page, child * pages + page];
      const frame = frameOf[from]!;
      if (frame === NONE) continue;
      if (pins[frame]! > 0) this.#memory.copyTo(to, from);
      else this.#memory.attach(to, frame);
      mergeable[to] = mergeable[from]!;
      if (this.#memory.isShared(from)) this.#records.put(to, this.#records.place[from] as 3 | 4);
    }
    return copies;
  }

  #map({ space, first, count }: Range): Result {
    const at = space * this.#world.pages + first;
    const { frameOf } = this.#memory;
    for (let slot = at; slot < at + count; slot++) if (frameOf[slot] !== NONE) return "EEXIST";
    if (count > this.#memory.freeFrames()) return "ENOMEM";
    for (let slot = at; slot < at + count; slot++) this.#memory.attach(slot, this.#memory.allocate());
    return 0;
  }

  #unmap({ space, first, count }: Of<"unmap">): Result {
    const at = space * this.#world.pages + first;
    const { frameOf, pins } = this.#memory;
    for (let slot = at; slot < at + count; slot++) {
      if (frameOf[slot] !== NONE && pins[frameOf[slot]!]! > 0) return "EBUSY";
    }
    for (let slot = at; slot < at + count; slot++) this.#drop(slot);
    return 0;
  }

  #drop(slot: number): void {
    if (this.#memory.frameOf[slot] === NONE) return;
    this.#memory.mergeable[slot] = 0;
    this.#records.put(slot, PLACE.unknown);
    this.#memory.detach(slot);
  }

  #store(op: Of<"store">): Result {
    const slot = this.#slotOf(op);
    const { frameOf, pins } = this.#memory;
    if (frameOf[slot] === NONE) return "EFAULT";
    if (op.by === "device" && pins[frameOf[slot]!] === 0) return "EINVAL";
    const copied = op.by === "device" ? 0 : this.#breaking.own(slot);
    if (typeof copied === "number") {
      this.#memory.write(frameOf[slot]!, op.offset, dataOf(op.bytes), op.times);
    }
    return copied;
  }

  #storeCapability(op: Of<"store-capability">): Result {
    const slot = this.#slotOf(op);
    if (this.#memory.frameOf[slot] === NONE) return "EFAULT";
    const copied = this.#breaking.own(slot);
    if (typeof copied === "number") {
      this.#memory.writeCapability(this.#memory.frameOf[slot]!, op.granule, dataOf(op.bytes));
    }
    return copied;
  }

  #pin(op: Of<"pin">): Result {
    const slot = this.#slotOf(op);
    if (this.#memory.frameOf[slot] === NONE) return "EFAULT";
    const copied = this.#breaking.own(slot);
    if (typeof copied === "number") this.#memory.pins[this.#memory.frameOf[slot]!]!++;
    return copied;
  }

  #unpin(op: Of<"unpin">): Result {
    const { frameOf, pins } = this.#memory;
    const frame = frameOf[this.#slotOf(op)]!;
    if (frame === NONE) return "EFAULT";
    if (pins[frame] === 0) return "EINVAL";
    pins[frame]!--;
    return 0;
  }

  #open({ space, first, count }: Of<"advise">): Result {
    const at = space * this.#world.pages + first;
    if (!this.#isThere(at, count)) return "ENOMEM";
    this.#memory.mergeable.fill(1, at, at + count);
    return 0;
  }

  #close({ space, first, count }: Of<"advise">): Result {
    const at = space * this.#world.pages + first;
    if (!this.#isThere(at, count) || !this.#breaking.canBreak(at, count)) return "ENOMEM";
    const copied = this.#breaking.breakAll(at, count);
    this.#memory.mergeable.fill(0, at, at + count);
    for (let slot = at; slot < at + count; slot++) this.#records.put(slot, PLACE.unknown);
    return copied;
  }

  #setRun(run: Run): Result {
    const slots = this.#memory.frameOf.length;
    if (run === 2 && !this.#breaking.canBreak(0, slots)) return "ENOMEM";
    this.#abandon();
    this.#run = run;
    this.#scanner.isRunning = run === 1;
    if (run !== 2) return 0;
    const copied = this.#breaking.breakAll(0, slots);
    for (let slot = 0; slot < slots; slot++) this.#records.put(slot, PLACE.unknown);
    this.#scanner.restart();
    return copied;
  }

  #turn({ knob, value }: Of<"knob">): Result {
    if ((knob === "maxSharing" || knob === "acrossTenants") && this.#stable.shared > 0) return "EBUSY";
    this.#abandon();
    this.#knobs = { ...this.#knobs, [knob]: value };
    this.#stable.limit = this.#knobs.maxSharing;
    this.#scanner.zeroPages = this.#knobs.zeroPages;
    if (knob !== "acrossTenants") return 0;
    this.#records.empty();
    this.#regroup();
    return 0;
  }

  #abandon(): void {
    if (this.#scanner.phase !== PHASE.pick) this.#scanner.giveUp();
  }

  #regroup(): void {
    for (const [space, tenant] of this.#tenants.entries()) {
      this.#scanner.groups[space] = this.#knobs.acrossTenants ? 0 : Math.max(tenant, 0);
    }
  }

  #scan(unit: "step" | "page" | "pass", count: number, events: ScanEvent[]): Result {
    for (let left = count; left > 0; ) {
      const did = this.#scanner.step();
      events.push(this.#eventOf(did));
      if (did === DID.idle) break;
      if (unit === "step") left--;
      else if (unit === "pass") left -= did === DID.pass ? 1 : 0;
      else if (did !== DID.pass && this.#scanner.phase === PHASE.pick) left--;
    }
    return 0;
  }

  #slotOf({ space, page }: PageName): number {
    return space * this.#world.pages + page;
  }

  #isThere(at: number, count: number): boolean {
    return !this.#memory.frameOf.subarray(at, at + count).includes(NONE);
  }
}
