/**
 * Mistakes in the verification itself, each of which made a suite somewhere green without a reason. Each is
 * planted as changes of our own generators, comparisons, laws or tests, and something must notice it.
 */
import type { Patch } from "../variant/variant.ts";

export interface VerificationFault {
  /** As in the list of faults in verification; a letter tells several of one kind apart. */
  readonly id: string;
  /** Where the mistake was made. */
  readonly source: string;
  readonly effect: string;
  readonly patches: readonly Patch[];
  /** What must notice it. */
  readonly noticedBy:
    | "contract of a phrase"
    | "contract of samples"
    | "contract itself"
    | "encoder refuses"
    | "rules of test files"
    | "laws found true"
    | "reasons in use"
    | "every field counts"
    | "programs run"
    | "canaries";
  /** For a phrase: its name. */
  readonly phrase?: string;
}

const WORDS = "fuzz/generate/words.ts";
const SEALING = "fuzz/generate/phrase/sealing.ts";
const COMPOSER = "fuzz/generate/composer.ts";
const SEAL_TEST = "properties/capability-seal.test.ts";
const COMPARE = "fuzz/lockstep/compare.ts";
const PROJECT = "fuzz/lockstep/project.ts";
const PREDICATE = "        (cap, otype, value, other) => {\n          const sealed = { ...cap, otype };";

export const verificationFaults: readonly VerificationFault[] = [
  {
    id: "H01a",
    source: "CTSRD-CHERI/QuickCheckVEngine, GenMemory",
    effect: "a builder of words swaps its two sources",
    patches: [
      {
        file: WORDS,
        from: "return (rd, rs1, rs2) => (match | (rd << 7) | (rs1 << 15) | (rs2 << 20)) >>> 0;",
        to: "return (rd, rs1, rs2) => (match | (rd << 7) | (rs2 << 15) | (rs1 << 20)) >>> 0;",
      },
    ],
    noticedBy: "contract of a phrase",
    phrase: "seal",
  },
  {
    id: "H01b",
    source: "CTSRD-CHERI/QuickCheckVEngine, GenMemory",
    effect: "the encoder truncates operands silently",
    patches: [
      {
        file: "model/isa/codec.ts",
        from: "if (!isEncodable(operand, value)) {",
        to: "if (operand.bits > 64) {",
      },
    ],
    noticedBy: "encoder refuses",
  },
  {
    id: "H02",
    source: "CTSRD-CHERI/QuickCheckVEngine, csrwi",
    effect: "a helper never reaches its target register",
    patches: [
      {
        file: COMPOSER,
        from: "this.put(words.addi(rd, 0, value));",
        to: "this.put(words.addi(0, 0, value));",
      },
    ],
    noticedBy: "contract of a phrase",
    phrase: "local",
  },
  {
    id: "H03",
    source: "CTSRD-CHERI/QuickCheckVEngine, CInvoke template",
    effect: "a phrase overwrites what it made before it is used",
    patches: [
      { file: SEALING, from: "const sealer = to.otherThanBoth(code, data);", to: "const sealer = data;" },
    ],
    noticedBy: "contract of a phrase",
    phrase: "invoke",
  },
  {
    id: "H04",
    source: "CTSRD-CHERI/cheri-compressed-cap b6cfcc0",
    effect: "a property returns in its middle",
    patches: [{ file: SEAL_TEST, from: PREDICATE, to: `${PREDICATE}\n          if (cap.tag) return;` }],
    noticedBy: "rules of test files",
  },
  {
    id: "H05",
    source: "CTSRD-CHERI/cheri-compressed-cap 831d6b1",
    effect: "inputs are always untagged",
    patches: [
      {
        file: "properties/capability-samples.ts",
        from: "let cap: Capability = { ...root(format128), flags: BigInt(flags) };",
        to: "let cap: Capability = { ...root(format128), tag: false, flags: BigInt(flags) };",
      },
    ],
    noticedBy: "contract of samples",
  },
  {
    id: "H06a",
    source: "CTSRD-CHERI/cheri-compressed-cap c9d840e",
    effect: "assertions do nothing",
    patches: [
      {
        file: SEAL_TEST,
        from: "/** An authority that points",
        to: "fc.assert = () => undefined;\n\n/** An authority that points",
      },
    ],
    noticedBy: "rules of test files",
  },
  {
    id: "H06b",
    source: "CTSRD-CHERI/cheri-compressed-cap c9d840e",
    effect: "a property asserts nothing",
    patches: [
      {
        file: SEAL_TEST,
        from: "          expect(changed.map(({ tag }) => tag)).toEqual(changed.map(() => false));",
        to: "          expect(changed.map(({ tag }) => tag));",
      },
    ],
    noticedBy: "rules of test files",
  },
  {
    id: "H07",
    source: "CHERIoT-Platform/cheriot-sail#134",
    effect: "a law has a precondition that nothing meets",
    patches: [
      {
        file: "fuzz/oracle/law/laws-bounds.ts",
        from: "if (requestOf(source, value, format.space) === null) return null;",
        to: "if (requestOf(source, value, -1n) === null) return null;",
      },
    ],
    noticedBy: "laws found true",
  },
  {
    id: "H08",
    source: "CHERIoT-Platform/cheriot-sail ade1ab2",
    effect: "a property is skipped",
    patches: [
      {
        file: SEAL_TEST,
        from: 'test("a sealed capability cannot be changed, only unsealed"',
        to: 'test.skip("a sealed capability cannot be changed, only unsealed"',
      },
    ],
    noticedBy: "rules of test files",
  },
  {
    id: "H09",
    source: "CTSRD-CHERI/TestRIG-traces, lists of what is ignored",
    effect: "an exception outlives what it was made for",
    patches: [
      {
        file: "fuzz/guard/reasons-state.ts",
        from: "export const byState: readonly Reason[] = [",
        to: `export const byState: readonly Reason[] = [
  { why: "as before", guards: /^use: gone$/, never: true, of: () => true },`,
      },
    ],
    noticedBy: "reasons in use",
  },
  {
    id: "H10a",
    source: "CTSRD-CHERI/QuickCheckVEngine, relaxed comparison",
    effect: "the comparison of steps leaves a field out",
    patches: [
      {
        file: COMPARE,
        from: "if (found.length >= FIELDS_MAX || expect === actual) return;",
        to: 'if (found.length >= FIELDS_MAX || expect === actual || path === "csr") return;',
      },
    ],
    noticedBy: "every field counts",
  },
  {
    id: "H10b",
    source: "CTSRD-CHERI/QuickCheckVEngine, relaxed comparison",
    effect: "the records of whole runs lack a field",
    patches: [{ file: PROJECT, from: "slots[at + capSlot.reserved] = cap.reserved;", to: "" }],
    noticedBy: "every field counts",
  },
  {
    id: "H11",
    source: "CTSRD-CHERI/QuickCheckVEngine, time-outs",
    effect: "a loop over programs ends early, and nobody misses the rest",
    patches: [
      {
        file: "fuzz/campaign/shard.ts",
        from: "while (programs < task.programs && Atomics",
        to: "while (programs < task.programs && programs < 3 && Atomics",
      },
    ],
    noticedBy: "programs run",
  },
  {
    id: "H12a",
    source: "RVFI-DII, which carries no tags",
    effect: "the comparison of steps ignores tags",
    patches: [
      {
        file: COMPARE,
        from: "if (found.length >= FIELDS_MAX || expect === actual) return;",
        to: "if (found.length >= FIELDS_MAX || expect === actual || /tag$/.test(path)) return;",
      },
    ],
    noticedBy: "every field counts",
  },
  {
    id: "H12b",
    source: "RVFI-DII, which carries no tags",
    effect: "the records of whole runs lack the tag of memory",
    patches: [{ file: PROJECT, from: "access.tag ? access.size | 0x100 : access.size", to: "access.size" }],
    noticedBy: "every field counts",
  },
  {
    id: "H13",
    source: "CHERIoT-Platform/cheriot-sail c71750f",
    effect: "the reference is wrong in the same way, and the oracles are blind",
    patches: [
      {
        file: "fuzz/oracle/judge.ts",
        from: "const violation = oracles[at]!.step(step);",
        to: "const violation = oracles[at]!.step(step) && null;",
      },
    ],
    noticedBy: "canaries",
  },
  {
    id: "H14",
    source: "made for this project",
    effect: "a declared class that nothing meets is accepted",
    patches: [
      {
        file: "fuzz/generate/contract.ts",
        from: "if (times === 0 || times < leastShare * seeds.length) {",
        to: "if (times < leastShare * seeds.length) {",
      },
    ],
    noticedBy: "contract itself",
  },
];
