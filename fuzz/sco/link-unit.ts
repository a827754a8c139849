/** What is linked: the parts that one source or one ELF object contributes to an object. */
import { BadInput } from "../bad-input.ts";

/** Parts of a unit; data and bss become the state. */
export type Section = "text" | "rodata" | "data" | "bss";

/** A name for bytes of a section. */
export interface UnitSymbol {
  readonly section: Section;
  readonly offset: number;
  readonly size: number;
}

/** A symbol, by its name in the unit or else in another one, and a distance from it in bytes. */
export interface Target {
  readonly name: string;
  readonly addend: number;
}

/**
 * What is filled in when every part has its place. `at` is an offset in the section, `where` says it for messages.
 *
 * `cls` stands for the three instructions that load the capability of state into a register, `jump` for the distance
 * of a cjal; `ro` and `code` for slots in text or rodata; `ptr`, `roptr` and `import` for slots in data.
 */
export type Reference = {
  readonly at: number;
  readonly target: Target;
  readonly where: string;
} & (
  | { readonly kind: "cls"; readonly register: number }
  | { readonly kind: "jump" }
  | { readonly kind: "ro" | "code"; readonly section: "text" | "rodata" }
  | { readonly kind: "ptr" | "roptr" | "import" }
);

export interface Unit {
  /** Stands for the unit in messages. */
  readonly file: string;
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  readonly data: Uint8Array;
  readonly bssSize: number;
  /** Names that only this unit sees. */
  readonly locals: ReadonlyMap<string, UnitSymbol>;
  /** Names that every unit sees. */
  readonly globals: ReadonlyMap<string, UnitSymbol>;
  readonly references: readonly Reference[];
  /** Names of code that clients can call. */
  readonly exports: readonly string[];
  readonly imports: readonly string[];
}

/** @throws BadInput always. */
export function refuse(where: string, why: string): never {
  throw new BadInput(`${where}: ${why}`);
}

/** A number as messages tell it. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
