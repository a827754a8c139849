/**
 * Reasons that follow from the state in which an instruction executes, and from what its own earlier checks
 * settled.
 */
import { isNarrow, named, type Reason } from "./reason.ts";

const ALIGNED = "16-bit instructions are enabled while one executes: every even target is aligned";
const UNMOVED =
  "base and top belong to one region: an address that leaves the base leaves the top where it is";
const LOW_BITS = "the low five bits of an address do not leave a representable region";
const CHECKED = "the capability was found tagged, executable and, once unsealed, fit for PCC before the jump";
const READ_BEFORE = "the same bytes were read before";
const AUTHORITY = "the authority was tried before, and an unusable one passes the source on unchanged";
const REBUILT = "CBuildCap gives its result this field from what was asked for";
const NO_EXPONENT = "the field is read only where it has an internal exponent, and its base is 0";
const MISA = "setting bits cannot disable 16-bit instructions, and while they are pc is a multiple of four";
const VECTOR = "mtvec never holds the mode bit, so that clearing bits leaves none";

export const byState: readonly Reason[] = [
  { why: ALIGNED, guards: /^misalignedTarget: machine\.compressed$/, never: false, of: isNarrow },
  { why: ALIGNED, guards: /^misalignedTarget: \(target & 2n\) === 0n$/, never: null, of: isNarrow },
  { why: ALIGNED, guards: /^(jump|targetTrap): misaligned !== null$/, never: true, of: isNarrow },
  {
    why: "pc is a multiple of four while 16-bit instructions are disabled: what sets pc and misa sees to it",
    guards: /^misalignedTarget: \(target & 2n\) === 0n$/,
    never: false,
    of: () => false,
    alsoStep: true,
  },
  {
    why: "fetches read two bytes at a time",
    guards: /^createMemory\.read: (case [14]|default)$/,
    never: true,
    of: () => false,
    alsoStep: true,
  },
  {
    why: "fetches read two bytes at a time",
    guards: /^createMemory\.read: case 2$/,
    never: false,
    of: () => false,
    alsoStep: true,
  },
  { why: UNMOVED, guards: /^withAddressExact: result\.top !== cap\.top$/, never: true, of: () => true },
  {
    why: LOW_BITS,
    guards: /^withAddressExact: result\.base !== cap\.base$/,
    never: true,
    of: named(/^(cspecialrw|csrrsi|csrrci|mret)$/),
  },
  { why: READ_BEFORE, guards: /^modify: write\(/, never: true, of: named(/^amo/) },
  { why: READ_BEFORE, guards: /^write: !machine\.memory\.contains/, never: true, of: named(/^amo/) },
  {
    why: READ_BEFORE,
    guards: /^(swapCapability: writeCapability\(|writeCapability: !machine\.memory\.contains)/,
    never: true,
    of: named(/^amoswap\.c$/),
  },
  {
    why: "the authority was found usable before, for the load",
    guards: /^capabilityStoreTrap: use\(/,
    never: true,
    of: named(/^amoswap\.c$/),
  },
  {
    why: "a reserved address lies in RAM, and one with the same low half is no lower",
    guards: /^createMemory\.contains: address >= base$/,
    never: false,
    of: named(/^sc\.[bhwdc](\.ddc|\.cap)?$/),
  },
  {
    why: CHECKED,
    guards: /^fetchFault: /,
    never: true,
    of: named(/^(cjalr|jalr\.cap|c\.cjalr|c\.cjr|cinvoke)$/),
  },
  { why: CHECKED, guards: /^isSealed: /, never: true, of: named(/^cinvoke$/) },
  {
    why: "a trap vector loses its tag when something sealed is written to it",
    guards: /^(fetchFault: isSealed\(pcc\)|isSealed: .*)$/,
    never: true,
    of: () => false,
    alsoStep: true,
  },
  {
    why: "PCC is tagged and unsealed while an instruction executes",
    guards: /^isSealed: /,
    never: true,
    of: named(/^auipcc$/),
  },
  {
    why: "PCC is tagged and unsealed while an instruction executes",
    guards: /^clearTagIf: cap\.tag$/,
    never: false,
    of: named(/^auipcc$/),
  },
  {
    why: "what is tagged was given its exponent by the format",
    guards: /^mantissasFrom: exponent > format\.exponentMax$/,
    never: true,
    of: named(/^(auipcc|csetbounds|csetboundsexact|csetboundsimm|crrl|cram)$/),
  },
  {
    why: "with the address at the base, a length of less than half the address space is never apart from it",
    guards: /^boundsAt: apart > 1n$/,
    never: true,
    of: named(/^csetbounds/),
  },
  { why: NO_EXPONENT, guards: /^mantissasFrom: (field|internal)/, never: false, of: named(/^(crrl|cram)$/) },
  { why: NO_EXPONENT, guards: /^mantissasFrom: topPart < /, never: true, of: named(/^(crrl|cram)$/) },
  { why: AUTHORITY, guards: /^sealWith: (authority\.tag|inBounds\()/, never: false, of: named(/^ccseal$/) },
  {
    why: REBUILT,
    guards: /^areEqual: one\.(address|perms|otype|flags) ===/,
    never: false,
    of: named(/^cbuildcap$/),
  },
  { why: VECTOR, guards: /^legalTvec: /, never: false, of: named(/^csrrci?$/) },
  { why: MISA, guards: /^writeMisa: \(machine\.nextPc & 2n\)/, never: true, of: named(/^csrrsi?$/) },
  {
    why: "zero was told apart before",
    guards: /^bitLength: value === 0n$/,
    never: true,
    of: named(/^ctzw?$/),
  },
];
