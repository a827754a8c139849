/** Everything that the tables say, against everything that was declared. */
import type { SystemView } from "../../../model/system-contract.ts";
import { isEqual } from "../lockstep.ts";
import type { DeclaredCvm } from "./declared.ts";
import type { Docket } from "./docket.ts";
import type { Ledger } from "./ledger.ts";
import type { SystemRule } from "./oracle.ts";
import { stateRules as rules } from "./state-rules.ts";

const RIGHTS = ["", "r", "w", "rw"];

/** Everything that the tables say is what was declared. */
export function checkTables(outline: SystemView, ledger: Ledger, docket: Docket): void {
  const check = (rule: SystemRule, what: string, found: unknown, declared: unknown) => {
    if (isEqual(found, declared)) docket.holds(rule);
    else docket.broken(rule, what, `found ${spell(found)}`, `declared ${spell(declared)}`);
  };
  check(rules.time, "time", outline.time, ledger.time);
  check(
    rules.grants,
    "grants",
    outline.grants.map(({ key, owner, base, length, rights, epoch, holders }) => [
      key,
      owner,
      Number(base),
      Number(length),
      rights,
      epoch,
      [...holders].sort(),
    ]),
    [...ledger.grants].map((grant) => {
      const holders = [...ledger.cvms.values()].filter(({ handles }) =>
        [...handles.values()].some((handle) => handle.kind === "grant" && handle.grant === grant),
      );
      const { key, owner, range, rights, epoch } = grant;
      return [
        key,
        owner.name,
        range.base,
        range.size,
        RIGHTS[rights],
        epoch,
        holders.map(({ name }) => name).sort(),
      ];
    }),
  );
  check(
    rules.endpoints,
    "endpoints",
    outline.endpoints.map(({ key, owner, entry, mode, active }) => [key, owner, entry, mode, active]),
    [...ledger.endpoints].map((endpoint) => {
      const { key, owner, entry, mode } = endpoint;
      return [key, owner.name, entry, mode, ledger.activationsOf(endpoint)];
    }),
  );
  check(
    rules.tickets,
    "tickets",
    outline.tickets.map(({ owner, number, state }) => [owner, number, state]),
    [...ledger.tickets].map(({ owner, number, state }) => [owner.name, number, state]),
  );
  check(
    rules.streams,
    "listeners",
    outline.listeners.map(({ key, owner, backlog }) => [key, owner, backlog]),
    [...ledger.listeners].map(({ key, owner, backlog }) => [key, owner.name, backlog.length]),
  );
  check(
    rules.streams,
    "streams",
    outline.streams.map(({ key, ends }) => [
      key,
      ends.map(({ cvm, reads, writes, posted }) => [
        cvm,
        reads,
        writes,
        posted && [Number(posted.base), Number(posted.length), posted.got],
      ]),
    ]),
    [...ledger.streams].map(({ key, ends }) => [
      key,
      ends.map(({ isOpen, owner, reads, writes, posted }) => [
        isOpen ? owner.name : "",
        reads,
        writes,
        posted && [posted.range.base, posted.range.size, posted.got],
      ]),
    ]),
  );
  checkKeys(outline, docket);
  for (const view of outline.cvms) {
    const cvm = ledger.cvms.get(view.slot);
    if (cvm === undefined) {
      docket.broken(rules.threads, `${view.name} was never created, or is reclaimed`);
      continue;
    }
    checkQuotas(cvm, view, ledger, docket);
    check(
      rules.handles,
      `handles of ${view.name}`,
      view.handles.map(({ handle, what, stale }) => [handle, what, stale]),
      [...cvm.handles.values()]
        .map((handle) => [handle.word, handle.kind, handle.kind === "grant" && !handle.grant.isLive])
        .sort((one, other) => Number((one[0] as bigint) & 0xffffn) - Number((other[0] as bigint) & 0xffffn)),
    );
    check(
      rules.threads,
      `threads of ${view.name}`,
      view.threads.map(({ thread, state, domains, handling }) => [
        thread,
        state,
        domains,
        state !== "dead" && handling,
      ]),
      cvm.threads.map(({ number, state, frames, isHandling }) => [
        number,
        state,
        frames.map((frame) => frame.cvm.name),
        state !== "dead" && isHandling,
      ]),
    );
    check(
      rules.devices,
      `handler and packets of ${view.name}`,
      [view.handler, view.packets],
      [cvm.handler, cvm.packets.map(({ bytes }) => Buffer.from(bytes).toString("hex"))],
    );
  }
}

function checkKeys({ grants, endpoints }: SystemView, docket: Docket): void {
  for (const list of [grants, endpoints]) {
    const keys = new Set(list.map(({ key }) => key));
    if (keys.size === list.length) docket.holds(rules.keys);
    else docket.broken(rules.keys, `${list.length} offers have ${keys.size} keys`);
  }
}

function checkQuotas(
  { name, description: { quotas } }: DeclaredCvm,
  { threads, handles }: SystemView["cvms"][number],
  ledger: Ledger,
  docket: Docket,
): void {
  const used = {
    threads: threads.filter(({ state }) => state !== "dead").length,
    handles: handles.length,
    grants: [...ledger.grants].filter(({ owner }) => owner.name === name).length,
    endpoints: [...ledger.endpoints].filter(({ owner }) => owner.name === name).length,
  };
  for (const [what, count] of Object.entries(used)) {
    const quota = quotas[what as keyof typeof used];
    if (count <= quota) docket.holds(rules.quotas);
    else docket.broken(rules.quotas, `${name} has ${count} ${what}, and may have ${quota}`);
  }
}

function spell(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" ? `0x${one.toString(16)}` : one,
  );
}
