/** Numbers of traps. */

/** mcause (RISC-V Privileged, table of exception codes; CHERI ISAv9 for 0x1c). */
export const cause = {
  fetchAddress: 0,
  fetchAccess: 1,
  illegal: 2,
  breakpoint: 3,
  loadAddress: 4,
  loadAccess: 5,
  storeAddress: 6,
  storeAccess: 7,
  ecallUser: 8,
  ecallMachine: 11,
  capability: 0x1c,
} as const;

/** Bits 4:0 of mtval of a capability exception (CHERI ISAv9, capability exception causes). */
export const capabilityCause = {
  length: 0x01,
  tag: 0x02,
  seal: 0x03,
  type: 0x04,
  /** Missing permission number n is cause 0x10 + n for Execute to Store_Local_Cap. */
  permissions: 0x10,
  execute: 0x11,
  system: 0x18,
  cinvoke: 0x19,
} as const;
