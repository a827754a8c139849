/** Names of the planted faults that a module is emitted with; empty for sound code. */
export type Faults = ReadonlySet<string>;
