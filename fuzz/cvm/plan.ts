/**
 * From a description to what is run: every file read, every image built, every range checked, before anything is created
 * (I-47). What the system itself would refuse is found by asking the reference.
 */
import { dirname, join } from "node:path";
import { granuleOf } from "../../model/intravisor/layout.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { CvmDescription } from "../../model/system-contract.ts";
import { BadInput } from "../bad-input.ts";
import { errorOf } from "../system/listing.ts";
import { keeperOf } from "./capfile-keeper.ts";
import type { CvmFile, DescribedCvm } from "./description.ts";
import { type DiskFile, openDisk } from "./disk.ts";
import type { Path } from "./document.ts";
import { CODE_PAGES, type GuestImage, guestImage, PAGE, readBounded, roundUp } from "./guest-image.ts";
import { familyOf } from "./layers.ts";

/** A cVM that is going to be run. */
export interface PlannedCvm {
  readonly description: CvmDescription;
  /** As in the description file; null for the one that keeps the capfiles. */
  readonly wait: number | null;
  /** Names of places in its program, by offset from the start of the code part. */
  readonly labels: ReadonlyMap<string, number>;
  /** The file that its disk comes from. */
  readonly disk: DiskFile | null;
}

export interface Plan {
  /** In the order in which they are created: layers before those inside them. */
  readonly cvms: readonly PlannedCvm[];
  /** Indexes in `cvms` in the order in which they start: that of the file. */
  readonly starts: readonly number[];
  /** What was understood in a way that the reader of the file should know. */
  readonly notes: readonly string[];
}

const STACK_SIZE = 4096;

/** @throws BadInput naming file, line and path. */
export function planOf(described: CvmFile): Plan {
  const { cvms, capfiles, file, refuse } = described;
  const family = familyOf(described);
  const keeper =
    capfiles.length === 0 ? [] : [{ ...keeperOf(described, identityOf), wait: null, disk: null }];
  const disks = disksOf(described);
  const slotOf = new Map(family.order.map((index, at) => [cvms[index]!.name, at + keeper.length]));

  const planned = family.order.map((index): PlannedCvm => {
    const cvm = cvms[index]!;
    const at: Path = ["cVMs", index];
    const inner = family.outerOf[index] ?? null;
    const dataAt = family.ownAt[index]!;
    const peers = cvm.peers.map((name, place) => {
      const slot = slotOf.get(name);
      return slot === undefined
        ? refuse([...at, "peers", place], `there is no cVM ${name}`)
        : identityOf(slot);
    });
    const disk = disks[index] ?? null;
    const runtime = join(dirname(file), cvm.runtime);
    const content = attempt(
      () => readBounded(runtime),
      (why) => refuse([...at, "runtime"], why),
    );
    const image = guestImage(content, runtime, { dataAt, args: cvm.args, peers });
    const { size, codeSize } = sizesOf(cvm, image, dataAt, (field, why) => refuse([...at, ...field], why));
    const parent = inner === null ? null : { cvm: cvms[inner]!.name, at: family.placeIn[index]! };
    const description: CvmDescription = {
      name: cvm.name,
      size,
      codeSize,
      image: Buffer.from(image.bytes).toString("hex"),
      parent,
      quotas: cvm.quotas,
      ...(disk === null ? {} : { disk: Buffer.from(disk.content).toString("hex") }),
    };
    return { description, wait: cvm.wait, labels: image.labels, disk };
  });

  const all = [...keeper, ...planned];
  const starts = cvms.map((_, index) => family.order.indexOf(index) + keeper.length);
  tryOut(all, (at, why) => {
    const index = family.order[at - keeper.length];
    return index === undefined ? refuse(["capfiles"], why) : refuse(["cVMs", index, "isolation"], why);
  });
  return { cvms: all, starts: keeper.length === 0 ? starts : [0, ...starts], notes: notesOf(described) };
}

/** The disks of all cVMs, in their order. What goes into a file in the end is one disk's alone. */
function disksOf({ cvms, file, refuse }: CvmFile): (DiskFile | null)[] {
  const disks: (DiskFile | null)[] = [];
  for (const [index, { disk }] of cvms.entries()) {
    const at: Path = ["cVMs", index, "disk"];
    const opened =
      disk === null
        ? null
        : attempt(
            () => openDisk(join(dirname(file), disk.file), disk.kept),
            (why) => refuse(at, why),
          );
    const other = disks.findIndex((one) => one !== null && one.identity === opened?.identity);
    if (opened !== null && other >= 0 && (opened.kept || disks[other]!.kept)) {
      refuse(
        at,
        `${opened.path}: expected a file of its own, since it is kept: ${cvms[other]!.name} has it too`,
      );
    }
    disks.push(opened);
  }
  return disks;
}

/** The identity word of the cVM that is created as number `slot`, in a system in which none has ended before. */
function identityOf(slot: number): bigint {
  return BigInt(slot) | (1n << 32n);
}

/** Bytes of the whole range and of its code part, so that bounds can cover both exactly. */
function sizesOf(
  { isolation, quotas }: DescribedCvm,
  image: GuestImage,
  dataAt: number,
  refuse: (field: Path, why: string) => never,
): { size: number; codeSize: number } {
  const size = dataAt + isolation.size;
  const unit = Math.max(PAGE, Number(granuleOf(BigInt(size))));
  const codeSize = roundUp(image.bytes.length + CODE_PAGES * PAGE, unit);
  if (isolation.size === 0 || size % unit !== 0) {
    const next = roundUp(Math.max(1, size), unit) - dataAt;
    refuse(["isolation", "size"], `expected what bounds can cover exactly: the next is ${hex(next)}`);
  }
  if (quotas.threads === 0) refuse(["quotas", "threads"], "expected a thread at least");
  const own = isolation.size - codeSize;
  const needed = image.dataSize + quotas.threads * STACK_SIZE;
  if (own <= needed) {
    const parts = `${hex(codeSize)} of code, ${hex(needed)} of data and stacks`;
    refuse(["isolation", "size"], `${hex(isolation.size)} bytes do not hold the runtime: ${parts}`);
  }
  return { size, codeSize };
}

/** Creates all of them on the reference; what it refuses is wrong with the description. */
function tryOut(cvms: readonly PlannedCvm[], refuse: (at: number, why: string) => never): void {
  const model = createSystemModel();
  model.reset();
  for (const [at, { description }] of cvms.entries()) {
    const { outcome } = model.step({ by: null, event: { do: "create", cvm: description } }, []);
    const error = outcome.kind === "done" ? errorOf(outcome.value) : "EINVAL";
    if (error !== null) refuse(at, `there can be no such range (${error}: ${whys[error] ?? "refused"})`);
  }
}

const whys: Readonly<Record<string, string>> = {
  ENOMEM: "memory for all of them is not there",
  ENOSPC: "there is no place for one more",
  ELOOP: "too many layers",
  EINVAL: "bounds cannot cover it exactly, or it does not lie inside",
  EEXIST: "it overlaps",
  E2BIG: "the image is too large",
};

function notesOf({ cvms }: CvmFile): string[] {
  const placed = cvms.filter(({ isolation }) => isolation.base !== null).map(({ name }) => name);
  const notes: string[] = [];
  if (placed.length > 0) {
    notes.push(
      "addresses of the file say how ranges lie to each other; where they are is up to the Intravisor",
    );
  }
  if (cvms.some(({ net }) => net !== null)) notes.push("net: every cVM is on the one loopback network");
  return notes;
}

function attempt<T>(act: () => T, refuse: (why: string) => never): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof BadInput) return refuse(error.message);
    throw error;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
