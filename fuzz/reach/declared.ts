import type { Outcome, Shape } from "./outcome.ts";

/** What a family of instructions can do: the shape of its results and every outcome it can have. */
interface Family {
  readonly names: RegExp;
  readonly shape: Shape;
  readonly outcomes: readonly Outcome[];
}

const loadFaults: readonly Outcome[] = ["tag", "seal", "permit load", "length", "load access fault"];
const storeFaults: readonly Outcome[] = ["tag", "seal", "permit store", "length", "store access fault"];
const capabilityStoreFaults: readonly Outcome[] = [
  ...storeFaults,
  "permit store cap",
  "permit store local",
  "store misaligned",
];
const targetFaults: readonly Outcome[] = ["length", "fetch misaligned"];
const jumpFaults: readonly Outcome[] = ["tag", "seal", "permit execute", ...targetFaults];
const csrFaults: readonly Outcome[] = ["illegal instruction", "access system registers"];

/**
 * Every instruction belongs to the first family that names it; what no line names only retires. A compressed
 * instruction is illegal besides while misa.C is off, cannot meet a misaligned target, which needs that, and
 * has no way to name register 0 as the destination of a capability.
 */
const families: readonly Family[] = [
  // Control flow.
  {
    names: /^(c\.)?b(eq|ne|lt|ge|ltu|geu|eqz|nez)$/,
    shape: "branch",
    outcomes: ["taken", "not taken", ...targetFaults],
  },
  {
    names: /^(c\.jr?|c\.jalr|jalr?|jalr\.pcc|cjal)$/,
    shape: "plain",
    outcomes: ["retired", ...targetFaults],
  },
  { names: /^(cjalr|jalr\.cap|c\.cjr|c\.cjalr)$/, shape: "plain", outcomes: ["retired", ...jumpFaults] },
  { names: /^cinvoke$/, shape: "plain", outcomes: ["retired", "type", "permit cinvoke", ...jumpFaults] },

  // Memory.
  { names: /^(c\.)?l[bhwd]u?(sp)?(\.ddc|\.cap)?$/, shape: "plain", outcomes: ["retired", ...loadFaults] },
  { names: /^(c\.)?s[bhwd](sp)?(\.ddc|\.cap)?$/, shape: "plain", outcomes: ["retired", ...storeFaults] },
  { names: /^lr\.b/, shape: "plain", outcomes: ["retired", ...loadFaults] },
  { names: /^lr\.[hwd]/, shape: "plain", outcomes: ["retired", "load misaligned", ...loadFaults] },
  { names: /^sc\.b/, shape: "conditional", outcomes: ["succeeded", "failed", ...storeFaults] },
  {
    names: /^sc\.[hwd](\.|$)(ddc|cap)?/,
    shape: "conditional",
    outcomes: ["succeeded", "failed", "store misaligned", ...storeFaults],
  },
  {
    names: /^sc\.c(\.|$)/,
    shape: "conditional",
    outcomes: [
      "succeeded",
      "failed",
      "permit store cap",
      "permit store local",
      "store misaligned",
      ...storeFaults,
    ],
  },
  {
    names: /^amo[a-z]+\.[wd]$/,
    shape: "plain",
    outcomes: ["retired", "permit load", "store misaligned", ...storeFaults],
  },
  {
    names: /^(lc(\.ddc|\.cap)?|lr\.c(\.ddc|\.cap)?|c\.clc(sp)?)$/,
    shape: "load",
    outcomes: ["retired", "tagged", "untagged", "tag stripped", "load misaligned", ...loadFaults],
  },
  {
    names: /^(sc(\.ddc|\.cap)?|c\.csc(sp)?)$/,
    shape: "store",
    outcomes: ["tagged", "untagged", ...capabilityStoreFaults],
  },
  {
    names: /^amoswap\.c$/,
    shape: "load",
    outcomes: [
      "retired",
      "tagged",
      "untagged",
      "tag stripped",
      "permit load",
      "load access fault",
      ...capabilityStoreFaults.filter((one) => one !== "store access fault"),
    ],
  },
  {
    names: /^cloadtags$/,
    shape: "plain",
    outcomes: ["retired", "permit load cap", "load misaligned", ...loadFaults],
  },

  // Capabilities.
  {
    names: /^(cgettag|cgetsealed|ctestsubset|cseqx)$/,
    shape: "test",
    outcomes: ["retired", "true", "false"],
  },
  { names: /^cmove$/, shape: "derive", outcomes: ["retired", "tagged", "untagged"] },
  { names: /^(ccleartag|csethigh)$/, shape: "derive", outcomes: ["retired", "untagged", "tag cleared"] },
  {
    names: /^(csetbounds(exact|imm)?|cseal|cunseal|ccseal|candperm|csetflags|csealentry|cbuildcap)$/,
    shape: "derive",
    outcomes: ["retired", "tagged", "untagged", "tag cleared"],
  },
  {
    names:
      /^(csetoffset|csetaddr|cincoffset(imm)?|cfromptr|ccopytype|c\.cincoffset16csp|c\.cincoffset4cspn)$/,
    shape: "readdress",
    outcomes: ["retired", "tagged", "untagged", "tag cleared", "unrepresentable"],
  },
  { names: /^auipcc$/, shape: "readdress", outcomes: ["retired", "tagged", "unrepresentable"] },

  // The system.
  { names: /^cspecialrw$/, shape: "access", outcomes: ["read", "written", ...csrFaults] },
  { names: /^csrrwi?$/, shape: "access", outcomes: ["written", ...csrFaults] },
  { names: /^csrr[sc]i?$/, shape: "access", outcomes: ["read", "written", ...csrFaults] },
  { names: /^mret$/, shape: "plain", outcomes: ["retired", ...csrFaults] },
  { names: /^wfi$/, shape: "plain", outcomes: ["retired", "illegal instruction"] },
  { names: /^fpclear$/, shape: "plain", outcomes: ["illegal instruction"] },
  { names: /^ecall$/, shape: "plain", outcomes: ["ecall from U", "ecall from M"] },
  { names: /^(c\.)?ebreak$/, shape: "plain", outcomes: ["breakpoint"] },
];

/** The shape of an instruction's results and every outcome it can have, each of which a long campaign must reach. */
export function declared(name: string): { shape: Shape; outcomes: readonly Outcome[] } {
  const family = families.find(({ names }) => names.test(name));
  const shape = family?.shape ?? "plain";
  const outcomes = family?.outcomes ?? ["retired"];
  if (!name.startsWith("c.")) return { shape, outcomes };
  const possible = outcomes.filter(
    (one) => one !== "fetch misaligned" && (one !== "retired" || shape === "plain"),
  );
  return { shape, outcomes: [...possible, "illegal instruction"] };
}

/** What can go wrong before there is an instruction: the checks of PCC, also of an injected word. */
export const injectionOutcomes: readonly Outcome[] = ["tag", "seal", "permit execute", "length"];

/** The same for a word that is fetched. */
export const fetchOutcomes: readonly Outcome[] = [...injectionOutcomes, "fetch access fault"];
