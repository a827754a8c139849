import type { Capability, Start, StepEvent } from "../../model/contract.ts";

const PCC = 0x20;
const DDC = 0x21;

const whole: Omit<Capability, "tag" | "perms"> = {
  address: 0n,
  base: 0n,
  top: 1n << 64n,
  otype: 0x3ffffn,
  flags: 0n,
  reserved: 0n,
  bounds: 0x401_8004n,
};
const root: Capability = { ...whole, tag: true, perms: 0xffffn };
const nothing: Capability = { ...whole, tag: false, perms: 0n };

/**
 * What a run has put into registers so far, by capability index (31:0 registers, 0x20 and up special
 * registers), pieced together from its step events. An integer is a null capability with that address.
 */
export function registersAfter(start: Start, events: readonly StepEvent[]): (index: number) => Capability {
  const held = new Map<number, Capability>([
    [PCC, { ...root, address: 0x8000_0000n }],
    [DDC, root],
    [0x3c, root],
    [0x3f, root],
    [0x2c, root],
    [0x2f, root],
  ]);
  for (const { register, specials, cleared, pcAfter } of events) {
    if (register !== null) held.set(register.index, asCapability(register.value));
    for (let index = 1; index < 32; index++) if ((cleared >>> index) & 1) held.set(index, nothing);
    for (const { scr, value } of specials) held.set(0x20 | scr, value);
    held.set(PCC, { ...held.get(PCC)!, address: pcAfter });
  }
  const initial = start.preset === "dii" ? root : nothing;
  return (index) => held.get(index) ?? (index > 0 && index < 32 ? initial : nothing);
}

function asCapability(value: Capability | bigint): Capability {
  return typeof value === "bigint" ? { ...nothing, address: value } : value;
}
