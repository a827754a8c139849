/** How much the tables hold, to see that nothing grows which nobody has asked for (I-43, I-45). */
import type { Cvm, Tables } from "./tables.ts";

/** Counts of entries, and bytes where entries are of several sizes. */
export type Census = Readonly<Record<string, number>>;

export function censusOf(tables: Tables): Census {
  const cvms = tables.cvms.filter((cvm) => cvm !== null);
  const sum = (count: (cvm: Cvm) => number) => cvms.reduce((total, cvm) => total + count(cvm), 0);
  const objects = tables.objects.filter((object) => object !== null);
  const bindings = objects.flatMap((object) => object.bindings);
  const named = [...tables.grants, ...tables.endpoints, ...tables.listeners];
  return {
    cvms: cvms.length,
    threads: sum(({ threads }) => threads.length),
    frames: sum(({ threads }) => threads.reduce((total, { frames }) => total + frames.length, 0)),
    handles: sum(({ handles }) => handles.filter((handle) => handle !== null).length),
    packets: sum(({ packets }) => packets.length),
    packetBytes: sum(({ packets }) => packets.reduce((total, { bytes }) => total + bytes.length, 0)),
    diskBytes: sum(({ disk }) => disk.contents().length),
    grants: tables.grants.size,
    endpoints: tables.endpoints.size,
    tickets: tables.tickets.size,
    listeners: tables.listeners.size,
    backlog: [...tables.listeners].reduce((total, { backlog }) => total + backlog.length, 0),
    streams: tables.streams.size,
    timers: tables.timers.length,
    objects: objects.length,
    bindings: bindings.length,
    stateBytes: bindings.reduce((total, { object }) => total + object.stateSize, 0),
    listed: named.reduce((total, { acl }) => total + acl.length, 0),
  };
}
