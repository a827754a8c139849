/** Events, foretold: cVMs are made, ended and reclaimed exactly when they can be. */
import type { CvmDescription, ErrorName, Event } from "../../../model/system-contract.ts";
import { errorOf, reportText, stepText } from "../listing.ts";
import type { DeclaredCvm } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { exactRules as rules } from "./exact-rules.ts";
import { isExactRange, unitOf } from "./exactness.ts";
import type { Ledger } from "./ledger.ts";
import { SECTOR, SECTORS } from "./ledger-devices.ts";
import type { Judged } from "./oracle.ts";

const PAGE = 4096;
const SIZE_MAX = 1 << 25;
const DEPTH_MAX = 4;
const THREADS_MAX = 64;
const STACK_BYTES = 0x1000;

export function judgeEvent(moment: Judged, ledger: Ledger, docket: Docket): void {
  const { step, report, sight } = moment;
  if (step.by !== null || report.outcome.kind !== "done") return;
  const error = errorOf(report.outcome.value);
  const reasons = reasonsAgainst(step.event, ledger, sight.probe.places);
  const told = `${stepText(step)}: ${reportText(report)}`;
  if (error === null ? reasons.length === 0 : reasons.includes(error)) docket.holds(rules.events);
  else docket.broken(rules.events, told, `reasons against it: ${reasons.join(", ") || "none"}`);
}

type Places = Judged["sight"]["probe"]["places"];

function reasonsAgainst(event: Event, ledger: Ledger, places: Places): ErrorName[] {
  switch (event.do) {
    case "advance":
      return [];
    case "create":
      return reasonsAgainstCreation(event.cvm, ledger, places);
    default: {
      const cvm = ledger.named(event.cvm);
      if (cvm === null) return ["ENOENT"];
      if (event.do === "kill") return cvm.state === "running" ? [] : ["EBUSY"];
      const hasInner = [...ledger.cvms.values()].some(({ parent }) => parent === cvm);
      return cvm.state === "running" || hasInner ? ["EBUSY"] : [];
    }
  }
}

function reasonsAgainstCreation(description: CvmDescription, ledger: Ledger, places: Places): ErrorName[] {
  const { name, size, codeSize, image, disk, parent: inside, quotas } = description;
  const dataSize = size - codeSize;
  const reasons: ErrorName[] = [];
  const isOdd =
    size % PAGE !== 0 || codeSize % PAGE !== 0 || codeSize < 3 * PAGE || dataSize <= 0 || size > SIZE_MAX;
  const hasWrongQuotas =
    quotas.threads < 1 ||
    quotas.threads >= THREADS_MAX ||
    quotas.handles > 64 ||
    quotas.threads * STACK_BYTES >= dataSize;
  if (isOdd || hasWrongQuotas) reasons.push("EINVAL");
  const isLong = image.length / 2 > codeSize - 2 * PAGE || (disk ?? "").length / 2 > SECTORS * SECTOR;
  if (isLong) reasons.push("E2BIG");
  if (ledger.named(name) !== null) reasons.push("EEXIST");
  const parent = inside === null ? null : ledger.named(inside.cvm);
  if (inside !== null && parent?.state !== "running") reasons.push("ENOENT");
  else if (inside !== null && parent !== null) {
    const data = { base: parent.data.base + inside.at, size: dataSize };
    if (depthOf(parent) + 1 >= DEPTH_MAX) reasons.push("ELOOP");
    if (inside.at < 0 || inside.at + dataSize > parent.data.size || !isExactRange(data))
      reasons.push("EINVAL");
    for (const { parent: other, data: taken } of ledger.cvms.values()) {
      const isApart = taken.base >= data.base + data.size || data.base >= taken.base + taken.size;
      if (other === parent && !isApart) reasons.push("EEXIST");
    }
  }
  const needed = inside === null ? size : codeSize;
  // Parts begin at a multiple of the unit of the whole, and the data part lies behind the code part.
  if (!isExactRange({ base: 0, size: codeSize })) reasons.push("EINVAL");
  if (inside === null && !isExactRange({ base: codeSize, size: dataSize })) reasons.push("EINVAL");
  if (largestGap(ledger, places) < needed + 2 * PAGE + unitOf(needed)) reasons.push("ENOMEM");
  return reasons;
}

function depthOf({ parent }: DeclaredCvm): number {
  return parent === null ? 0 : 1 + depthOf(parent);
}

/** Bytes of the largest place in the arena where nothing is. */
function largestGap({ cvms }: Ledger, { arenaBase, arenaTop }: Places): number {
  const taken = [...cvms.values()]
    .map(({ code, data, parent }) => ({
      from: code.base,
      to: parent === null ? data.base + data.size : code.base + code.size,
    }))
    .sort((one, other) => one.from - other.from);
  let largest = 0;
  let at: number = arenaBase;
  for (const { from, to } of [...taken, { from: arenaTop, to: arenaTop }]) {
    largest = Math.max(largest, from - at);
    at = Math.max(at, to);
  }
  return largest;
}
