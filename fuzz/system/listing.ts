/** Steps of scripts as a reader would write them: who, what with which arguments, and what came of it. */
import { callNamed, callWithNumber } from "../../model/intravisor/calls.ts";
import { errorNumbers } from "../../model/intravisor/errors.ts";
import type {
  Action,
  CvmDescription,
  ErrorName,
  Event,
  Outcome,
  Step,
  StepReport,
  ThreadName,
  Value,
} from "../../model/system-contract.ts";

const errorNames = new Map(
  Object.entries(errorNumbers).map(([name, number]) => [BigInt.asUintN(64, -number), name as ErrorName]),
);

/** The error that a value of a0 stands for, if it is that of one. */
export function errorOf(value: bigint): ErrorName | null {
  return errorNames.get(value) ?? null;
}

/** `a.0 cp_file_close(handle=@12)`, `kill a`. */
export function stepText(step: Step): string {
  return step.by === null ? eventText(step.event) : `${threadText(step.by)} ${actionText(step.action)}`;
}

/** `= 0x10001`, `= -EBADF`, `waits`, and who woke. */
export function reportText({ outcome, woken, devices }: StepReport): string {
  return [
    outcomeText(outcome),
    ...woken.map(({ thread, values }) => `${threadText(thread)} wakes ${resultText(values[0])}`),
    ...devices.map(({ device, cvm, data }) => `${device} of ${cvm}: ${data}`),
  ].join("; ");
}

export function threadText({ cvm, thread }: ThreadName): string {
  return `${cvm}.${thread}`;
}

export function valueText(value: Value): string {
  switch (value.kind) {
    case "number":
      return numberText(value.value);
    case "at": {
      const { offset } = value;
      const sign = offset < 0n ? "-" : "+";
      return `${value.cvm ?? "own"}.${value.part}${sign}0x${(offset < 0n ? -offset : offset).toString(16)}`;
    }
    case "result":
      return `@${value.step}${value.index === 0 ? "" : `.a${value.index}`}`;
  }
}

export function resultText(value: bigint): string {
  const error = errorOf(value);
  return error === null ? `= ${numberText(value)}` : `= -${error}`;
}

function numberText(value: bigint): string {
  return value < 10n ? `${value}` : `0x${value.toString(16)}`;
}

function actionText(action: Action): string {
  switch (action.do) {
    case "call":
      return callText(action.call, action.call, action.args);
    case "call-number": {
      const name = callWithNumber(action.number)?.name;
      return callText(`call ${numberText(action.number)}`, name, action.args);
    }
    case "load":
      return `load ${action.size} from ${valueText(action.address)}`;
    case "store":
      return `store ${action.size} to ${valueText(action.address)}: ${valueText(action.value)}`;
    case "fill":
      return `fill ${action.length} from ${valueText(action.address)}, seed ${action.seed}`;
    case "place":
      return `place ${action.bytes.length / 2} bytes at ${valueText(action.address)}`;
    case "narrow":
      return `narrow to ${valueText(action.address)}, ${valueText(action.length)}`;
    case "body":
      return `run ${action.words.length} words`;
    case "go":
      return "go on";
  }
}

/** `cp_file_close(handle=0x10000)`: what a thread asks for by number. */
export function askedText(number: bigint, args: readonly bigint[]): string {
  const call = callWithNumber(number);
  const shown = args
    .slice(0, call?.args.length ?? args.length)
    .map((value): Value => ({ kind: "number", value }));
  return callText(call?.name ?? `call ${numberText(number)}`, call?.name, shown);
}

function callText(spelt: string, name: string | undefined, args: readonly Value[]): string {
  const names = (name === undefined ? undefined : callNamed(name))?.args ?? [];
  const list = args.map((one, at) => `${names[at] === undefined ? "" : `${names[at]}=`}${valueText(one)}`);
  return `${spelt}(${list.join(", ")})`;
}

function eventText(event: Event): string {
  switch (event.do) {
    case "create":
      return `create ${descriptionText(event.cvm)}`;
    case "advance":
      return `advance ${event.ns} ns`;
    default:
      return `${event.do} ${event.cvm}`;
  }
}

function descriptionText({ name, size, codeSize, image, parent, quotas }: CvmDescription): string {
  const inside = parent === null ? "" : ` inside ${parent.cvm} at ${parent.at}`;
  const loaded = image === "" ? "" : `, image of ${image.length / 2} bytes`;
  const counts = Object.entries(quotas).map(([what, count]) => `${count} ${what}`);
  return `${name}${inside}: 0x${codeSize.toString(16)} of 0x${size.toString(16)} bytes code${loaded}; ${counts.join(", ")}`;
}

export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "returned": {
      const [a0, a1, a2] = outcome.values;
      const more = a1 === 0n && a2 === 0n ? "" : `, ${numberText(a1)}, ${numberText(a2)}`;
      return resultText(a0) + more;
    }
    case "blocked":
      return "waits";
    case "entered":
      return `enters ${outcome.cvm}(${outcome.values.map(numberText).join(", ")})`;
    case "faulted":
      return `faults: cause ${numberText(outcome.cause)}, value ${numberText(outcome.value)}`;
    case "refused":
      return `cannot act: ${outcome.why}`;
    case "done":
      return resultText(outcome.value);
  }
}
