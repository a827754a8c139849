/** The reference: a state, and what each operation makes of it. */
import type { KsmMachine, KsmOp, KsmReport, KsmWorld, PageName, ScanEvent } from "../ksm-contract.ts";
import { stored, storedCapability } from "./content.ts";
import { setRun, turn } from "./knobs.ts";
import { scanStep } from "./scan.ts";
import {
  advise,
  create,
  exit,
  fork,
  isLiving,
  map,
  pin,
  type Result,
  store,
  unmap,
  unpin,
} from "./spaces.ts";
import { initialState, type State } from "./state.ts";
import { viewOf } from "./view.ts";

/** A machine that can be told what another one chose, where there is a choice. */
export interface KsmReference extends KsmMachine {
  /** As `apply`, and chooses as `theirs` did wherever it may. */
  follow(op: KsmOp, theirs: KsmReport): KsmReport;
}

export function createKsmModel(): KsmReference {
  let state: State | null = null;
  const current = () => {
    if (state === null) throw new Error("no world: reset comes first");
    return state;
  };
  const take = (op: KsmOp, theirs: KsmReport | null): KsmReport => {
    const after = applied(current(), op, theirs?.events ?? []);
    state = after.state;
    return after.report;
  };
  return {
    reset: (world) => {
      state = initialState(world);
    },
    apply: (op) => take(op, null),
    follow: take,
    view: () => viewOf(current()),
  };
}

function applied(state: State, op: KsmOp, theirs: readonly ScanEvent[]): { state: State; report: KsmReport } {
  const result = isPossible(state.world, op) ? performed(state, op) : "EINVAL";
  if (typeof result === "string") {
    return { state, report: { outcome: { kind: "error", code: result }, events: [] } };
  }
  const scan = scanned(result.state, op, theirs);
  return {
    state: scan.state,
    report: { outcome: { kind: "ok", copied: result.copied }, events: scan.events },
  };
}

/** Everything but the scan itself. */
function performed(state: State, op: KsmOp): Result {
  if (needsSpace(op) && !isLiving(state, op.space)) return "ESRCH";
  switch (op.do) {
    case "create":
      return create(state, op.space, op.tenant);
    case "exit":
      return exit(state, op.space);
    case "fork":
      return fork(state, op.space, op.child);
    case "map":
      return map(state, op);
    case "unmap":
      return unmap(state, op);
    case "store":
      return store(state, op, op.by, (content) => stored(content, op.offset, op.bytes.repeat(op.times)));
    case "store-capability":
      return store(state, op, "space", (content) => storedCapability(content, op.granule, op.bytes));
    case "pin":
      return pin(state, op);
    case "unpin":
      return unpin(state, op);
    case "advise":
      return advise(state, op, op.isMergeable);
    case "run":
      return setRun(state, op.run);
    case "knob":
      return turn(state, op);
    case "scan":
    case "wake":
      return { state, copied: 0 };
  }
}

function scanned(
  state: State,
  op: KsmOp,
  theirs: readonly ScanEvent[],
): { state: State; events: ScanEvent[] } {
  const events: ScanEvent[] = [];
  if (op.do !== "scan" && op.do !== "wake") return { state, events };
  const { unit, count } = op.do === "wake" ? { unit: "page", count: state.knobs.pagesToScan } : op;
  let [now, left] = [state, count];
  while (left > 0) {
    const { state: after, event } = scanStep(now, theirs[events.length] ?? null);
    events.push(event);
    now = after;
    if (event.step === "idle") break;
    const isPageDone = event.step !== "pass" && now.underWay === null;
    if (unit === "step" || (unit === "page" ? isPageDone : event.step === "pass")) left--;
  }
  return { state: now, events };
}

function needsSpace(op: KsmOp): op is Extract<KsmOp, { space: number }> & Exclude<KsmOp, { do: "create" }> {
  return "space" in op && op.do !== "create";
}

/** Whether all numbers are such as the world has. */
function isPossible(world: KsmWorld, op: KsmOp): boolean {
  switch (op.do) {
    case "create":
      return isIn(op.space, world.spaces) && isIn(op.tenant, world.spaces);
    case "exit":
      return isIn(op.space, world.spaces);
    case "fork":
      return isIn(op.space, world.spaces) && isIn(op.child, world.spaces);
    case "map":
    case "unmap":
    case "advise":
      return isIn(op.space, world.spaces) && isRange(op.first, op.count, world.pages);
    case "store":
      return (
        isPage(world, op) &&
        isHex(op.bytes) &&
        isRange(op.offset, (op.bytes.length / 2) * op.times, world.pageSize)
      );
    case "store-capability":
      return (
        isPage(world, op) &&
        isIn(op.granule, world.pageSize / 16) &&
        isHex(op.bytes) &&
        op.bytes.length === 32
      );
    case "pin":
    case "unpin":
      return isPage(world, op);
    case "knob":
      return (
        typeof op.value === "boolean" ||
        (Number.isInteger(op.value) && op.value >= (op.knob === "maxSharing" ? 2 : 0))
      );
    case "scan":
      return Number.isInteger(op.count) && op.count >= 0;
    case "run":
    case "wake":
      return true;
  }
}

function isIn(number: number, count: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < count;
}

function isRange(first: number, count: number, all: number): boolean {
  return isIn(first, all) && Number.isInteger(count) && count >= 1 && first + count <= all;
}

function isPage(world: KsmWorld, { space, page }: PageName): boolean {
  return isIn(space, world.spaces) && isIn(page, world.pages);
}

function isHex(bytes: string): boolean {
  return /^([0-9a-f]{2})+$/.test(bytes);
}
