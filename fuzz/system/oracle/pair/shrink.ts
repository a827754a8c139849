/** Makes a script that leaks small: its steps, and what has to differ for somebody to be able to tell. */
import type { SecretPair, SystemScript } from "../../../../model/system-contract.ts";
import { runOn } from "../../replay.ts";
import { shrinkScript } from "../../shrink.ts";
import type { PairedScript } from "./boost.ts";
import { type Leak, noCounts } from "./pair.ts";
import type { Worlds } from "./sighting.ts";
import { signatureOfLeak } from "./story.ts";
import { leakIn } from "./worlds.ts";

/** A leak, as small as it could be made. */
export interface SmallLeak extends PairedScript {
  readonly leak: Leak;
  /** Whether leaving out any one step ends it; false if the tests ran out. */
  readonly isMinimal: boolean;
  /** Scripts tried. */
  readonly tests: number;
}

/** Pairs of runs that are spent on what differs. */
const SECRET_TESTS_MAX = 400;

/** The smallest script and pair found that leak in the same way. `testsMax`: scripts that are tried. */
export function shrinkLeak(
  { script, pair }: PairedScript,
  leak: Leak,
  worlds: Worlds,
  testsMax: number,
): SmallLeak {
  const signature = signatureOfLeak(script, leak);
  const leakOf = (one: SystemScript, between: SecretPair): Leak | null => {
    const found = leakIn(one, between, worlds, noCounts());
    return found !== null && signatureOfLeak(one, found) === signature ? found : null;
  };
  const small = shrinkScript(script, {
    fails: (one) => leakOf(one, pair) !== null,
    reports: (one) => runOn(one, worlds[0]).reports,
    testsMax,
  });
  const least = leastSecret(
    pair,
    dataSizeOf(small.script, pair),
    (one) => leakOf(small.script, one) !== null,
  );
  return {
    script: small.script,
    pair: least,
    leak: leakOf(small.script, least) ?? leak,
    isMinimal: small.isMinimal,
    tests: small.tests,
  };
}

/** The largest data part that the subject has in the script. */
function dataSizeOf({ cvms, steps }: SystemScript, { cvm }: SecretPair): number {
  const created = steps.flatMap((step) =>
    step.by === null && step.event.do === "create" ? [step.event.cvm] : [],
  );
  const sizes = [...cvms, ...created].filter(({ name }) => name === cvm);
  return Math.max(1, ...sizes.map(({ size, codeSize }) => size - codeSize));
}

type Pieces = NonNullable<SecretPair["bytes"]>;

/** The fewest bytes and registers that have to differ. */
function leastSecret(pair: SecretPair, size: number, leaks: (pair: SecretPair) => boolean): SecretPair {
  if (pair.form === "run") return pair;
  let left = SECRET_TESTS_MAX;
  const tries = (one: SecretPair) => left-- > 0 && leaks(one);
  let best: SecretPair = pair;
  if (tries({ ...best, registers: [] })) best = { ...best, registers: [] };
  else if (tries({ ...best, bytes: [] })) best = { ...best, bytes: [] };

  const registers = best.registers ?? Array.from({ length: 31 }, (_, at) => at + 1);
  const fewer = least(registers, (some) => tries({ ...best, registers: some }));
  if (fewer.length < registers.length) best = { ...best, registers: fewer };

  const whole: Pieces = best.bytes ?? [[0, size]];
  // Where no byte of memory is needed it is the disk that differs, which goes with all of them.
  if (best.bytes === null && !tries({ ...best, bytes: whole })) return best;
  for (let pieces = whole; pieces.length > 0; ) {
    const fewest = least(pieces, (some) => tries({ ...best, bytes: some }));
    best = { ...best, bytes: fewest };
    if (fewest.every(([, length]) => length === 1) || left <= 0) break;
    pieces = fewest.flatMap(halves);
  }
  return best;
}

/** Drops what is not needed: larger parts first, then one by one. */
function least<T>(list: readonly T[], suffices: (some: readonly T[]) => boolean): readonly T[] {
  let best = list;
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.length; ) {
      const some = [...best.slice(0, from), ...best.slice(from + size)];
      if (suffices(some)) best = some;
      else from += size;
    }
  }
  return best;
}

function halves([offset, length]: Pieces[number]): Pieces {
  if (length === 1) return [[offset, length]];
  const half = length >> 1;
  return [
    [offset, half],
    [offset + half, length - half],
  ];
}
