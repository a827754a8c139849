/** Objects whose code somebody else runs: what the reference knows of that (guest-code.ts), and what it holds to compare. */
import { findCvm } from "../intravisor/change.ts";
import type { System } from "../intravisor/state.ts";
import type { ClientState } from "../system-contract.ts";
import { SLOT } from "./format.ts";
import { kinds } from "./verification.ts";

/** What clients have in their states of objects, by number of the object. The bytes are those of the state itself. */
export function statesIn(system: System): ClientState[] {
  return [...system.objects.values()].flatMap(({ number, file, bindings }) => {
    const imports = file.relocations.filter(({ kind }) => kind === kinds.imported).map(({ place }) => place);
    return bindings
      .filter(({ state }) => state.bytes.length > 0)
      .map(({ client, state: { base, bytes, tags } }) => ({
        cvm: findCvm(system, client)!.name,
        object: number,
        base,
        bytes,
        tags: taggedIn(tags),
        imports,
      }));
  });
}

function taggedIn(tags: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = tags.indexOf(1); at >= 0; at = tags.indexOf(1, at + 1)) found.push(at * SLOT);
  return found;
}
