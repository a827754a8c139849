import type { KsmOp, KsmWorld } from "../../model/ksm-contract.ts";

/** Everything that a run depends on, as plain data: leaving out operations keeps the others meaningful. */
export interface KsmScript {
  readonly world: KsmWorld;
  readonly ops: readonly KsmOp[];
}

/** An operation on one line. */
export function opText(op: KsmOp): string {
  const { do: what, ...rest } = op;
  return [what, ...Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`)].join(" ");
}

export function scriptText({ world, ops }: KsmScript): string {
  const head = Object.entries(world).map(([name, value]) => `${name}=${value}`);
  return [`world ${head.join(" ")}`, ...ops.map(opText)].join("\n");
}
