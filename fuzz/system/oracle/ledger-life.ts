/** The end of a cVM: whatever it offered, held, waited for or was in is over with it. */
import type { Declarations } from "./declarations.ts";
import type { DeclaredCvm } from "./declared.ts";
import { endBindings, unloadIdle } from "./ledger-objects.ts";
import { leaveDead } from "./ledger-parts.ts";
import { endStreamsOf } from "./ledger-streams.ts";

/** A cVM ends, its descendants first: none of its threads runs again, and what it offered is gone. */
export function endCvm(declared: Declarations, cvm: DeclaredCvm): void {
  if (cvm.state !== "running") return;
  declared.authority++;
  for (const inner of [...declared.cvms.values()]) if (inner.parent === cvm) endCvm(declared, inner);
  cvm.state = "quarantine";
  cvm.handles.clear();
  cvm.handler = 0n;
  cvm.packets = [];
  leaveDead(declared, cvm);
  for (const thread of cvm.threads) if (thread.state !== "dead") declared.endThread(thread, 0n);
  for (const grant of [...declared.grants]) if (grant.owner === cvm) declared.endGrant(grant);
  endStreamsOf(declared, cvm);
  endBindings(declared, (binding) => binding.cvm === cvm);
  unloadIdle(declared);
  declared.timers = declared.timers.filter(({ thread }) => thread.cvm !== cvm);
}
