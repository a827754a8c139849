/** Corner cases of single-copy objects, and every reason that a file can be refused for. */
import type { ErrorName, ObjectView, SystemView } from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";

/** Checks that a file can fail; those that hold by construction never are a reason. */
export const REASONS = [1, 2, 3, 4, 5, 6, 7, 9, 10] as const;
/** mcause of a fault that a capability is the reason of; what is wrong with it is in the low bits of mtval. */
const CAPABILITY = 0x1cn;
const KIND_BITS = 0x1fn;
const TAG = 2n;
const BOUNDS = 1n;
const NO_STORE = 0x13n;
const TABLE = 26n;
const DDC = 0x21n;

export function objectCorners(): readonly CornerCase[] {
  return [
    ...REASONS.map((reason) => ({
      name: `an object refused by check ${reason}`,
      isMet: (one: Moment) => gives(one, "sco_create", "ENOEXEC") && second(one) === BigInt(reason),
    })),
    { name: "the same bytes make one object", isMet: (one) => succeeds(one, "sco_create") && isShared(one) },
    { name: "three clients of one object", isMet: ({ after }) => hasClients(after, 3) },
    { name: "an object without state is bound", isMet: bindsNothing },
    { name: "a trap in an object", isMet: (one) => trapOf(one) !== null },
    { name: "CLS index out of range", isMet: (one) => trapOf(one) === ((TABLE << 5n) | BOUNDS) },
    { name: "an unbound place of the table is used", isMet: (one) => kindOfTrap(one) === TAG },
    { name: "a variable is overrun", isMet: (one) => kindOfTrap(one) === BOUNDS },
    { name: "an object writes to what is shared", isMet: (one) => kindOfTrap(one) === NO_STORE },
    { name: "a library is bound", isMet: bindsLibrary },
    {
      name: "a library goes beyond its client's DDC",
      isMet: (one) => trapOf(one) === ((DDC << 5n) | BOUNDS),
    },
    { name: "a compartment has no DDC", isMet: (one) => trapOf(one) === ((DDC << 5n) | TAG) },
    { name: "a library is called where DDC covers nothing", isMet: isWithoutDomain },
    { name: "a client is called back", isMet: isCalledBack },
    { name: "a client called back calls objects", isMet: (one) => isInside(one) && isCall(one, "sco_call") },
    { name: "an object is left while a thread is inside", isMet: (one) => gives(one, "sco_unbind", "EBUSY") },
    { name: "a handle is closed while a thread is inside", isMet: closesInside },
    { name: "death of a client inside an object", isMet: diesInside },
    {
      name: "an object outlives its maker's handle",
      isMet: (one) => succeeds(one, "sco_close") && lives(one),
    },
    { name: "an object goes with its last reference", isMet: (one) => gone(one).length > 0 },
    reusedNumber(),
    boundAgain(),
    aliased(),
  ];
}

const isCall = ({ step }: Moment, name: string): boolean =>
  step.by !== null && step.action.do === "call" && step.action.call === name;

function first({ report: { outcome } }: Moment): bigint | null {
  return outcome.kind === "returned" ? outcome.values[0] : null;
}

function second({ report: { outcome } }: Moment): bigint | null {
  return outcome.kind === "returned" ? outcome.values[1] : null;
}

function gives(one: Moment, name: string, error: ErrorName): boolean {
  const value = first(one);
  return isCall(one, name) && value !== null && errorOf(value) === error;
}

function succeeds(one: Moment, name: string): boolean {
  const value = first(one);
  return isCall(one, name) && value !== null && errorOf(value) === null;
}

const isShared = ({ before, after }: Moment): boolean => before.objects.length === after.objects.length;

function hasClients({ objects }: SystemView, count: number): boolean {
  return objects.some(({ bindings }) => bindings.length >= count);
}

function bindsNothing(one: Moment): boolean {
  if (!succeeds(one, "sco_bind")) return false;
  const object = one.after.objects.find(({ number }) => BigInt(number) === second(one));
  return object?.bindings.at(-1)?.size === 0;
}

function bindsLibrary(one: Moment): boolean {
  if (!succeeds(one, "sco_bind")) return false;
  const object = one.after.objects.find(({ number }) => BigInt(number) === second(one));
  return object?.bindings.at(-1)?.mode === "library";
}

/** Refused, though the thread lends nothing that it could not reach. */
function isWithoutDomain(one: Moment): boolean {
  const { step } = one;
  if (!gives(one, "sco_call", "EFAULT") || second(one) !== 0n) return false;
  if (step.by === null || step.action.do !== "call") return false;
  const length = step.action.args[7];
  return length === undefined || (length.kind === "number" && length.value === 0n);
}

/** mtval of a trap that a capability was the reason of, in an object; null if there was none. */
function trapOf(one: Moment): bigint | null {
  const { outcome } = one.report;
  if (!gives(one, "sco_call", "EFAULT") || outcome.kind !== "returned") return null;
  return outcome.values[1] === CAPABILITY ? outcome.values[2] : null;
}

function kindOfTrap(one: Moment): bigint | null {
  const value = trapOf(one);
  return value === null ? null : value & KIND_BITS;
}

function isCalledBack(one: Moment): boolean {
  return one.report.outcome.kind === "entered" && isCall(one, "sco_call");
}

/** Whether the thread is in a callback: its own cVM twice in a row. */
function isInside({ step, before }: Moment): boolean {
  if (step.by === null) return false;
  const { by } = step;
  const domains = before.cvms.find(({ name }) => name === by.cvm)?.threads[by.thread]?.domains ?? [];
  return domains.length > 1 && domains.at(-1) === domains.at(-2);
}

const insideOf = ({ objects }: SystemView, cvm: string): number =>
  objects.flatMap(({ bindings }) => bindings).filter((one) => one.cvm === cvm && one.inside > 0).length;

function closesInside(one: Moment): boolean {
  return (
    succeeds(one, "sco_close") &&
    isInside(one) &&
    one.step.by !== null &&
    insideOf(one.after, one.step.by.cvm) > 0
  );
}

function diesInside({ before, after }: Moment): boolean {
  return before.cvms.some(
    ({ name, state }) =>
      state === "running" &&
      insideOf(before, name) > 0 &&
      after.cvms.find((cvm) => cvm.name === name)?.state !== "running",
  );
}

/** The step takes an object away from nobody: as many are left. */
function lives({ before, after }: Moment): boolean {
  return before.objects.length > 0 && before.objects.length === after.objects.length;
}

function gone({ before, after }: Moment): ObjectView[] {
  return before.objects.filter(({ hash }) => after.objects.every((other) => other.hash !== hash));
}

/** Another object has the number, and maybe the place, of one that is gone. */
function reusedNumber(): CornerCase {
  const used = new Map<number, string>();
  return {
    name: "a number is another object's",
    begin: () => used.clear(),
    isMet: ({ after }) => {
      const isAgain = after.objects.some(({ number, hash }) => (used.get(number) ?? hash) !== hash);
      for (const { number, hash } of after.objects) used.set(number, hash);
      return isAgain;
    },
  };
}

/** A client binds what it has had before, and begins anew. */
function boundAgain(): CornerCase {
  const had = new Set<string>();
  return {
    name: "an object is bound again",
    begin: () => had.clear(),
    isMet: (one) => {
      if (!succeeds(one, "sco_bind")) return false;
      const object = one.after.objects.find(({ number }) => BigInt(number) === second(one));
      const key = `${object?.hash} ${object?.bindings.at(-1)?.cvm}`;
      const isAgain = had.has(key);
      had.add(key);
      return isAgain;
    },
  };
}

/** A cVM in the place of one that has died binds what that had bound. */
function aliased(): CornerCase {
  const had = new Set<string>();
  return {
    name: "CLS aliasing after destroy and create",
    begin: () => had.clear(),
    isMet: (one) => {
      const { objects, cvms } = one.after;
      let isAgain = false;
      for (const { hash, bindings } of objects) {
        for (const { cvm } of bindings) {
          const view = cvms.find(({ name }) => name === cvm);
          if (view === undefined) continue;
          const place = `${hash} ${view.slot}`;
          isAgain ||= had.has(`${place} ${view.generation - 1}`) && !had.has(`${place} ${view.generation}`);
          had.add(`${place} ${view.generation}`);
        }
      }
      return isAgain;
    },
  };
}
