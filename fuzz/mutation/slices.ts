/** What is mutated, by which tests the mutants are to be killed, and which promise each file serves. */

/** A folder whose mutants face the same tests. */
export interface Slice {
  readonly folder: string;
  /**
   * Test files, without their ending, in the order in which they are tried: those that say something about the folder and
   * take a few seconds at most. A mutant is tried no further than the first that fails, so what kills most in the least
   * time comes first. What plants faults in the sources or looks at their text cannot run on mutated sources.
   */
  readonly tests: readonly RegExp[];
  /** Percent of the mutants that are killed at least. */
  readonly scoreMin: number;
}

const MACHINE_TESTS = [
  /^fuzz\/golden\/golden$/,
  /^model\/(machine|isa)\/[^/]*$/,
  /^properties\/lockstep-generated$/,
];

const SYSTEM_TESTS = [
  /^fuzz\/system\/(calls|lockstep|replay|slices|streams|tickets)$/,
  /^properties\/system-(authority|exceptions|invariants|lockstep|nesting|streams|temporal)$/,
];

const KSM_TESTS = [/^properties\/ksm-(classes|lockstep|tenants|tuned)$/];

/** In the order in which a night goes through them. A file belongs to the first slice whose folder it lies in. */
export const slices: readonly Slice[] = [
  {
    folder: "model/capability",
    tests: [/^model\/capability\/[^/]*$/, /^properties\/capability-(bounds|build|format|perms|seal|unseal)$/],
    scoreMin: 95,
  },
  {
    folder: "fuzz/oracle/axiom",
    tests: [
      /^(fuzz\/oracle\/axiom\/[^/]*|properties\/authority-axioms-clauses)$/,
      /^properties\/authority-axioms$/,
    ],
    scoreMin: 95,
  },
  {
    folder: "fuzz/oracle/exact",
    tests: [
      /^(fuzz\/oracle\/exact\/[^/]*|properties\/over-strictness-(clauses|encoding|fields))$/,
      /^properties\/over-strictness$/,
    ],
    scoreMin: 95,
  },
  {
    folder: "fuzz/oracle/state",
    tests: [
      /^(fuzz\/oracle\/state\/[^/]*|properties\/machine-state-(clauses|edges))$/,
      /^properties\/authority-axioms$/,
    ],
    scoreMin: 95,
  },
  {
    folder: "fuzz/oracle/law",
    tests: [/^fuzz\/oracle\/law\/[^/]*$/, /^properties\/laws-(faults|reading|sampled)$/],
    scoreMin: 95,
  },
  {
    folder: "fuzz/oracle/reachable",
    tests: [/^(fuzz\/oracle\/reachable\/[^/]*|properties\/reachable-(authority|closure))$/],
    scoreMin: 95,
  },
  { folder: "fuzz/oracle/liveness", tests: [/^properties\/liveness$/], scoreMin: 95 },
  { folder: "fuzz/oracle", tests: [/^fuzz\/oracle\/[^/]*$/, /^properties\/laws-sampled$/], scoreMin: 95 },
  { folder: "model/isa", tests: MACHINE_TESTS, scoreMin: 90 },
  { folder: "model/machine", tests: MACHINE_TESTS, scoreMin: 85 },
  {
    folder: "impl/capability",
    tests: [
      /^impl\/capability\/[^/]*$/,
      /^impl\/engine\/ops-cheri$/,
      /^fuzz\/golden\/engine$/,
      /^properties\/laws-sampled$/,
    ],
    scoreMin: 85,
  },
  {
    folder: "impl/wasm",
    tests: [/^impl\/wasm\/[^/]*$/, /^impl\/engine\/(encoding|index)$/],
    scoreMin: 85,
  },
  {
    folder: "impl/engine",
    tests: [/^impl\/engine\/[^/]*$/, /^fuzz\/golden\/engine$/, /^properties\/lockstep-generated$/],
    scoreMin: 85,
  },
  { folder: "model/intravisor", tests: SYSTEM_TESTS, scoreMin: 85 },
  { folder: "impl/intravisor", tests: SYSTEM_TESTS, scoreMin: 85 },
  { folder: "fuzz/system/oracle", tests: SYSTEM_TESTS, scoreMin: 95 },
  { folder: "model/sco", tests: SYSTEM_TESTS, scoreMin: 85 },
  { folder: "impl/sco", tests: SYSTEM_TESTS, scoreMin: 85 },
  { folder: "model/ksm", tests: KSM_TESTS, scoreMin: 85 },
  { folder: "impl/ksm", tests: KSM_TESTS, scoreMin: 85 },
];

/** A promise of the project, and the oracles (by their letters, see README) that defend it. */
export interface Area {
  readonly name: string;
  readonly oracles: string;
  readonly files: RegExp;
}

/** A file serves the first promise that names it. */
export const areas: readonly Area[] = [
  {
    name: "bounds are what is encoded",
    oracles: "L, S",
    files:
      /^(model\/capability\/(bounds|format|codec|address)|impl\/capability\/(bounds|format|range|slots))\.ts$/,
  },
  { name: "a seal is respected", oracles: "A, L, O", files: /(^|[/-])seal(ing)?\.ts$/ },
  {
    name: "derivation never widens",
    oracles: "A, M, L",
    files:
      /^(model|impl)\/capability\/|^model\/isa\/cheri-(bounds|modify|compare|inspect)\.ts$|ops-cheri-(derive|inspect)\.ts$/,
  },
  {
    name: "an access needs authority",
    oracles: "A, O",
    files:
      /\/isa\/(cheri-(load|store|memory)|loads-|atomics|reservations).*|machine\/(access|checks|memory)\.ts$|ops-(cheri-)?(memory|atomic)\.ts$|engine\/(access|memory-code|window|ram)\.ts$/,
  },
  {
    name: "control goes where it may",
    oracles: "A, O, V",
    files:
      /\/isa\/(branches|cheri-control|compressed-control)\.ts$|machine\/(control|fetch)\.ts$|ops-jump\.ts$/,
  },
  {
    name: "traps and system registers",
    oracles: "A, O, S",
    files:
      /\/isa\/(cheri-special|system)\.ts$|machine\/(causes|csrs|specials|traps)\.ts$|engine\/(csr|trap)\.ts$|ops-(system|cheri-special)\.ts$/,
  },
  { name: "instructions do what the manual says", oracles: "D, O", files: /^model\/(isa|machine)\// },
  { name: "the engine is the model, faster", oracles: "D, O", files: /^impl\/(engine|wasm)\// },
  {
    name: "what is over is over",
    oracles: "T, N",
    files: /^(model|impl)\/intravisor\/.*(revocation|lifecycle|life|forge|secrets|keys|handles)/,
  },
  {
    name: "data goes where it was shared",
    oracles: "M, N, O",
    files: /^(model|impl)\/intravisor\/.*(cp-file|file-|stream|device)/,
  },
  {
    name: "calls between cVMs",
    oracles: "M, O, V",
    files: /^(model|impl)\/intravisor\/.*(cp-call|crossing)/,
  },
  { name: "a cVM stays within its own", oracles: "M, S, N, V", files: /^(model|impl)\/intravisor\// },
  { name: "an object is entered only where it may be", oracles: "M, O, T", files: /^(model|impl)\/sco\// },
  { name: "merged pages tell nothing", oracles: "D, N, S", files: /^(model|impl)\/ksm\// },
  {
    name: "an oracle objects, and only when it must",
    oracles: "its clauses",
    files: /^fuzz\/(system\/)?oracle\//,
  },
];

/** @throws Error for a file that no slice mutates. */
export function sliceOf(file: string): Slice {
  const slice = slices.find(({ folder }) => file.startsWith(`${folder}/`));
  if (slice === undefined) throw new Error(`${file} belongs to no slice`);
  return slice;
}

export function areaOf(file: string): Area {
  const area = areas.find(({ files }) => files.test(file));
  if (area === undefined) throw new Error(`${file} serves no promise`);
  return area;
}
