/** What is simpler than a step: smaller values, lengths and sizes, fewer arguments and words. */
import type { CvmDescription, Step, Value } from "../../model/system-contract.ts";

/** Steps that may stand in the place of this one, each simpler in one thing. */
export function simplerSteps(step: Step): readonly Step[] {
  if (step.by === null) return simplerEvents(step);
  const found: Step[] = [];
  let count = 0;
  withValues(step, (value) => {
    count++;
    return value;
  });
  for (let place = 0; place < count; place++) {
    let index = 0;
    const wanted: Value[] = [];
    withValues(step, (value) => {
      if (index++ === place) wanted.push(...simplerValues(value));
      return value;
    });
    for (const simpler of wanted) {
      let here = 0;
      found.push(withValues(step, (value) => (here++ === place ? simpler : value)));
    }
  }
  const { action } = step;
  if (action.do === "fill") {
    const lengths = lower(action.length);
    found.push(...lengths.map((length): Step => ({ ...step, action: { ...action, length } })));
    if (action.seed > 0) found.push({ ...step, action: { ...action, seed: 0 } });
  }
  if (action.do === "call" && action.args.at(-1)?.kind === "number") {
    const last = action.args.at(-1)!;
    if (last.kind === "number" && last.value === 0n) {
      found.push({ ...step, action: { ...action, args: action.args.slice(0, -1) } });
    }
  }
  if (action.do === "body")
    found.push(...simplerBodies(action.words).map((words) => ({ ...step, action: { ...action, words } })));
  if (action.do === "call-number" && action.args.length > 0) {
    found.push({ ...step, action: { ...action, args: action.args.slice(0, -1) } });
  }
  return found;
}

const NOP = 0x13;

/** Halves and single words go, or become nothing to do. */
function simplerBodies(words: readonly number[]): readonly (readonly number[])[] {
  const half = words.length >> 1;
  const halves = half > 0 ? [words.slice(0, half), words.slice(half)] : [];
  const without = words.map((_, at) => words.filter((_word, other) => other !== at));
  const idle = words.flatMap((word, at) => (word === NOP ? [] : [words.with(at, NOP)]));
  return [...halves, ...(words.length > 1 ? without : []), ...idle];
}

function simplerEvents(step: Extract<Step, { by: null }>): readonly Step[] {
  const { event } = step;
  if (event.do === "advance") {
    return event.ns > 1n ? [1n, event.ns / 2n].map((ns): Step => ({ ...step, event: { ...event, ns } })) : [];
  }
  if (event.do !== "create") return [];
  return simplerCvms(event.cvm).map((cvm): Step => ({ ...step, event: { ...event, cvm } }));
}

/** The smallest cVM that can be: three pages of code, two of data. */
const CODE_SIZE = 0x3000;
const DATA_SIZES = [0x2000, 0x4000, 0x8000];

function simplerCvms(cvm: CvmDescription): readonly CvmDescription[] {
  const { codeSize, size, quotas } = cvm;
  const dataSize = size - codeSize;
  const found: CvmDescription[] = [];
  if (cvm.image !== "") found.push({ ...cvm, image: "" });
  if (cvm.parent !== null) found.push({ ...cvm, parent: null });
  if (cvm.parent !== null && cvm.parent.at !== 0) found.push({ ...cvm, parent: { ...cvm.parent, at: 0 } });
  if (codeSize > CODE_SIZE) found.push({ ...cvm, codeSize: CODE_SIZE, size: CODE_SIZE + dataSize });
  for (const less of DATA_SIZES) if (less < dataSize) found.push({ ...cvm, size: codeSize + less });
  for (const [what, count] of Object.entries(quotas)) {
    const least = what === "threads" ? 1 : 0;
    const fewer = [least, count - 1].filter((one) => one >= least && one < count);
    for (const one of fewer) found.push({ ...cvm, quotas: { ...quotas, [what]: one } });
  }
  return found;
}

/** Steps before the one whose result is meant that are tried in its stead. */
const EARLIER_MAX = 8;

function simplerValues(value: Value): readonly Value[] {
  const number = (one: bigint): Value => ({ kind: "number", value: one });
  switch (value.kind) {
    case "number":
      return [0n, 1n, value.value / 2n, value.value & (value.value - 1n)]
        .filter((one) => one < value.value)
        .map(number);
    case "at": {
      const places = [0n, value.offset / 2n].filter((one) => one !== value.offset);
      return [number(0n), ...places.map((offset): Value => ({ ...value, offset }))];
    }
    case "result": {
      const first = Math.max(0, value.step - EARLIER_MAX);
      const earlier = Array.from(
        { length: value.step - first },
        (_, at): Value => ({ ...value, step: first + at }),
      );
      return [number(0n), ...earlier];
    }
  }
}

function lower(count: number): readonly number[] {
  return [0, 1, count >> 1].filter((one) => one < count);
}

/** The step with each of its values changed. */
export function withValues(step: Step, change: (value: Value) => Value): Step {
  const wanted = step.expect?.result;
  const result = wanted === undefined || wanted.kind === "error" ? wanted : change(wanted);
  const expect = result === undefined ? {} : { expect: { result } };
  if (step.by === null) return { ...step, ...expect };
  const { action } = step;
  switch (action.do) {
    case "call":
    case "call-number":
      return { ...step, ...expect, action: { ...action, args: action.args.map(change) } };
    case "load":
    case "fill":
    case "place":
      return { ...step, ...expect, action: { ...action, address: change(action.address) } };
    case "store":
      return {
        ...step,
        ...expect,
        action: { ...action, address: change(action.address), value: change(action.value) },
      };
    case "narrow":
      return {
        ...step,
        ...expect,
        action: { ...action, address: change(action.address), length: change(action.length) },
      };
    case "body":
    case "go":
      return { ...step, ...expect };
  }
}
