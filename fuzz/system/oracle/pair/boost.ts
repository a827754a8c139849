/**
 * Pairs for scripts, and what is put into a script so that a pair says more: the subject stores something of its own,
 * and others go for it wherever a call takes an address.
 */
import type {
  Action,
  SecretPair,
  Step,
  SystemScript,
  ThreadName,
  Value,
} from "../../../../model/system-contract.ts";
import type { Random } from "../../../generate/random.ts";

/** A script with what differs between its worlds. */
export interface PairedScript {
  readonly script: SystemScript;
  readonly pair: SecretPair;
}

/** Steps of a script to one that is put between them, on average. */
const STEPS_PER_TRESPASS = 12;

/** Draws a pair for a script, and makes the most of it. Each step runs to its end: there is no schedule. */
export function paired(script: SystemScript, random: Random): PairedScript {
  const pair = pairFor(script, random);
  const first = pair.form === "run" ? secretsOf(script, pair) : [];
  let boosted = withSteps({ ...script, schedule: [] }, 0, first);
  for (let left = Math.ceil(script.steps.length / STEPS_PER_TRESPASS); left > 0; left--) {
    const at = first.length + random.below(boosted.steps.length - first.length + 1);
    boosted = withSteps(boosted, at, trespass(boosted, pair, at, random));
  }
  const at = first.length + random.below(boosted.steps.length - first.length + 1);
  boosted = withSteps(boosted, at, gift(boosted, pair, at, random));
  return { script: boosted, pair };
}

/** Whose secrets differ: most often one of those that are created first, and rather one with others inside it. */
function pairFor({ cvms, steps }: SystemScript, random: Random): SecretPair {
  const first = cvms.flatMap(({ name, parent }) =>
    parent === null ? [name] : [name, parent.cvm, parent.cvm],
  );
  const later = steps.flatMap((step) =>
    step.by === null && step.event.do === "create" ? [step.event.cvm.name] : [],
  );
  const isLater = later.length > 0 && (first.length === 0 || random.odds(1, 6));
  const cvm = random.pick(isLater ? later : first.length > 0 ? first : ["nobody"]);
  const birth = isLater && first.includes(cvm) ? 1 : 0;
  const form = random.odds(1, 4) ? "run" : "steps";
  return { form, cvm, birth, seed: random.next(), bytes: null, registers: null };
}

/** Where the subject stores something of its own at the start, and how much: offsets in its data part. */
const STORED: readonly (readonly [offset: number, length: number])[] = [
  [0x180, 64],
  [0x300, 64],
  [0x700, 128],
  [0xf00, 256],
  [0x1500, 64],
  [0x1a00, 512],
];

function secretsOf({ cvms }: SystemScript, { cvm, seed }: SecretPair): Step[] {
  if (!cvms.some(({ name }) => name === cvm)) return [];
  return STORED.map(([offset, length], index): Step => {
    const address = { kind: "at", cvm: null, part: "data", offset: BigInt(offset) } as const;
    return {
      by: { cvm, thread: 0 },
      action: { do: "fill", address, length, seed: (seed + index) & 0xff },
    };
  });
}

/** The subject reads something of its own and says what it is; another keeps that: the same in both worlds. */
function gift(script: SystemScript, { cvm }: SecretPair, at: number, random: Random): Step[] {
  const [other] = othersThan(cvm, script);
  if (other === undefined) return [];
  const address = dataAt(null, 8 * random.below(0x400));
  const told: Value = { kind: "result", step: script.cvms.length + at, index: 0 };
  return [
    { by: { cvm, thread: 0 }, action: { do: "load", address, size: 8 } },
    { by: other, action: { do: "store", address: dataAt(null, 0x1f0), size: 8, value: told } },
  ];
}

function othersThan(cvm: string, { steps }: SystemScript): readonly ThreadName[] {
  return steps.flatMap(({ by }) => (by === null || by.cvm === cvm ? [] : [by]));
}

const LENGTHS = [1, 8, 8, 16, 64, 4096] as const;

/** What somebody does, most often another cVM, who names bytes of the subject or goes beyond its own. */
function trespass(script: SystemScript, pair: SecretPair, at: number, random: Random): Step[] {
  const others = othersThan(pair.cvm, script);
  const by = others.length === 0 ? { cvm: pair.cvm, thread: 0 } : random.pick(others);
  const length = random.pick(LENGTHS);
  const own = script.cvms.find(({ name }) => name === by.cvm);
  const place =
    own === undefined || random.odds(3, 4)
      ? dataAt(pair.cvm, 8 * random.below(0x400))
      : dataAt(by.cvm, own.size - own.codeSize - random.pick([0, 1, 4, length, length - 1]));
  const result: Value = { kind: "result", step: script.cvms.length + at, index: 0 };
  return attempt(place, length, result, random).map((action) => ({ by, action }));
}

/** `result`: what the first of them gives. */
function attempt(place: Value, length: number, result: Value, random: Random): Action[] {
  const call = (name: string, ...args: Value[]): Action => ({ do: "call", call: name, args });
  const own = dataAt(null, 0x200);
  switch (random.below(8)) {
    case 0:
      return [call("futex_wait", place, number(0), number(0))];
    case 1:
      return [call("cp_file_probe", place, number(8), number(1))];
    case 2:
      return [call("cp_file_advertise", place, number(8), own, number(64), number(3), place, number(0))];
    case 3:
      return [
        call("cp_file_advertise", own, number(8), place, number(64), number(1), own, number(0)),
        call("cp_file_pread", result, number(0), own, number(64)),
        call("cp_file_revoke", result),
        call("cp_file_close", result),
      ];
    case 4:
      return random.odds(1, 3)
        ? [{ do: "load", address: place, size: 8 }]
        : [call("cp_buffer_write", number(0), place, number(length))];
    default:
      return [call("console_write", place, number(length))];
  }
}

function dataAt(cvm: string | null, offset: number): Value {
  return { kind: "at", cvm, part: "data", offset: BigInt(offset) };
}

function number(value: number): Value {
  return { kind: "number", value: BigInt(value) };
}

/** The script with more steps before the one at an index of `steps`; results are taken from where they are then. */
export function withSteps(script: SystemScript, at: number, more: readonly Step[]): SystemScript {
  if (more.length === 0) return script;
  const from = script.cvms.length + at;
  const rest = script.steps.slice(at).map((step) => later(step, from, more.length));
  return { ...script, steps: [...script.steps.slice(0, at), ...more, ...rest] };
}

/** The same data with every result that is of a step from `from` on taken from that many steps later. */
function later<T>(data: T, from: number, count: number): T {
  const moved = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(moved);
    if (typeof one !== "object" || one === null) return one;
    const isMoved = "kind" in one && one.kind === "result" && "step" in one && Number(one.step) >= from;
    const entries = Object.entries(one).map(([name, value]): [string, unknown] => [
      name,
      isMoved && name === "step" ? Number(value) + count : moved(value),
    ]);
    return Object.fromEntries(entries);
  };
  return moved(data) as T;
}
