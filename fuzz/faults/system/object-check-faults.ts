/**
 * Checks of a file that is to be an object: each of the twelve left out, whole (5.4). Three of them hold by construction:
 * there the construction is broken.
 *
 * Behind a check that is left out others, and the loader, meet what they never meet otherwise. Sources that cannot go on
 * with it are changed so that they do, in both alike: what does not fit is cut off, or not done.
 */
import type { Patch } from "../../variant/variant.ts";
import { ofKind, type Row } from "../planted-fault.ts";
import { inImpl, inImplObjects, inModelObjects } from "./patch.ts";

const UNCHECKED = "none known; a check of what is loaded that is left out";

const inVerifier = (from: string, to: string) => inImplObjects("verifier", from, to);

/** Leaves a check of the reference out. */
const withoutRule = (number: number): Patch =>
  inModelObjects(
    "verification",
    "rules.find(({ holds }) => !holds(object))",
    `rules.find(({ reason, holds }) => reason !== ${number} && !holds(object))`,
  );

/** A pointer whose place is not in its piece is not put anywhere; one that cannot be is put there untagged. */
const putsWhatFits = inModelObjects(
  "relocation",
  "  bytes.set(bytesOfCapability(capability), at);\n  tags[at / SLOT] = 1;",
  `  if (at % SLOT !== 0 || at + SLOT > bytes.length) return;
  bytes.set(bytesOfCapability(capability), at);
  tags[at / SLOT] = capability.tag ? 1 : 0;`,
);
const fillsWhatFits = inModelObjects(
  "imports",
  'if (slot === null || mode === "library")',
  'if (slot === null || mode === "library" || slot + 2 * SLOT > state.bytes.length)',
);
/** What comes out untagged is no defect here. */
const forgesAnything = inImpl(
  "forge",
  '    if (!this.engine.hart.capability(5).tag) throw new Error("defect: a capability came out untagged");\n',
  "",
);

const fault = (id: string, about: Omit<Row, "id" | "source" | "subject">): Row => ({
  id,
  source: UNCHECKED,
  subject: "objects",
  ...about,
});

/** One for each check of a file, by its number. */
export const objectChecks = ofKind("integrity", [
  fault("B01", {
    effect: "nobody looks at the header of an object, its sizes and its names: what does not fit is cut off",
    difficulty: 2,
    expect: ["O", "S", "D"],
    impl: [
      inVerifier("  if (!hasHeader(file)) return 1;\n", "  hasHeader(file);\n"),
      inVerifier(
        "  if (!hasSizes(parts, bytes.length) || !hasNames(bytes, file, parts)) return 1;\n",
        "  void [hasSizes, hasNames];\n",
      ),
      inImplObjects(
        "reader",
        `  const [text, rodata, init] = [word(8), word(12), word(16)];
  const [exports, imports, relocations] = [word(24), word(28), word(32)];`,
        `  let left = file.byteLength - HEADER_BYTES;
  const cut = (at: number, unit: number) => {
    const count = Math.min(word(at), Math.floor(left / unit), unit === 1 ? 1 << 20 : 256);
    left -= count * unit;
    return count;
  };
  const [text, rodata, init] = [cut(8, 1), cut(12, 1), cut(16, 1)];
  const [exports, imports, relocations] = [cut(24, EXPORT_BYTES), cut(28, IMPORT_BYTES), cut(32, RELOCATION_BYTES)];`,
      ),
      inImplObjects(
        "load",
        "roundUp(state, granuleOf(state))",
        "roundUp(state, Math.max(16, granuleOf(state)))",
      ),
      forgesAnything,
    ],
    model: [
      inModelObjects(
        "format",
        `  if (u32(0) !== MAGIC || view.getUint16(4, true) !== VERSION || view.getUint16(6, true) !== SHA_256)
    return null;
  if (u32(40) !== 0 || u32(44) !== 0) return null;

  const [text, rodata, init, bss] = [u32(8), u32(12), u32(16), u32(20)];
  if (text === 0 || text > limits.text || rodata > limits.rodata || init + bss > limits.state) return null;
  if ((text | rodata | init | bss) % SLOT !== 0) return null;
  const [exports, imports, relocations, strings] = [u32(24), u32(28), u32(32), u32(36)];
  if (exports === 0 || exports > limits.exports || imports > limits.imports) return null;
  if (relocations > limits.relocations || strings > limits.strings) return null;
`,
        `  let left = bytes.length - HEADER_SIZE;
  const cut = (at: number, unit: number) => {
    const count = Math.min(u32(at), Math.floor(left / unit), unit === 1 ? 1 << 20 : 256);
    left -= count * unit;
    return count;
  };
  const [text, rodata, init, bss] = [cut(8, 1), cut(12, 1), cut(16, 1), u32(20)];
  const [exports, imports, relocations] = [cut(24, EXPORT_SIZE), cut(28, IMPORT_SIZE), cut(32, RELOCATION_SIZE)];
`,
      ),
      inModelObjects("format", "  if (bytes.length !== stringsAt + strings) return null;\n", ""),
      inModelObjects(
        "format",
        "    const name = nameIn(names, u32(at), u32(at + 4));",
        '    const name = nameIn(names, u32(at), u32(at + 4)) ?? "";',
      ),
      inModelObjects(
        "format",
        "IMPORT_SIZE, (at) => nameIn(names, u32(at), u32(at + 4)));",
        'IMPORT_SIZE, (at) => nameIn(names, u32(at), u32(at + 4)) ?? "");',
      ),
      putsWhatFits,
    ],
  }),
  fault("B02", {
    effect: "what bounds cannot cover exactly is covered with what lies beside it",
    difficulty: 3,
    expect: ["O", "M", "S", "D"],
    impl: [
      inVerifier("  if (!isRepresentable(file, parts)) return 2;\n", "  isRepresentable(file, parts);\n"),
      inImpl("forge", "csetboundsexact c5, c5, x11", "csetbounds c5, c5, x11"),
    ],
    model: [
      withoutRule(2),
      inModelObjects("capabilities", "  setBoundsExact,\n", "  setBounds,\n"),
      inModelObjects("capabilities", "andPerms(setBoundsExact(", "andPerms(setBounds("),
    ],
  }),
  fault("B03", {
    effect:
      "reserved fields may say anything: a segment that there is not is the state to some, and rodata to others",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [
      inVerifier(
        "  if (!hasNothingReserved(file, parts)) return 3;\n",
        "  hasNothingReserved(file, parts);\n",
      ),
    ],
    model: [
      withoutRule(3),
      inModelObjects("verification", '    case "state":\n', "    default:\n"),
      inModelObjects("verification", "in.includes(segment!)", 'in.includes(segment ?? "rodata")'),
    ],
  }),
  fault("B04", {
    effect:
      "relocations may patch the same bytes, places that are not aligned, and places beyond their segment",
    difficulty: 3,
    expect: ["O", "M", "S", "D"],
    impl: [
      inVerifier("  if (!liesApart(file, parts)) return 4;\n", "  liesApart(file, parts);\n"),
      inVerifier(
        "const place = textAt + file.getUint32(at + PLACE, true);",
        "const place = Math.min(textAt + file.getUint32(at + PLACE, true), file.byteLength - SEQUENCE);",
      ),
    ],
    model: [
      withoutRule(4),
      inModelObjects(
        "verification",
        "places.get(kind)!.in.includes(segment!)",
        '(places.get(kind)?.in ?? (kind < 3 ? ["text", "rodata"] : ["state"])).includes(segment!)',
      ),
      putsWhatFits,
      fillsWhatFits,
    ],
  }),
  fault("B05", {
    effect: "pointers of an object may lead beyond it, into whatever comes next",
    difficulty: 2,
    expect: ["O", "M", "D"],
    impl: [
      inVerifier("  if (!staysInside(file, parts)) return 5;\n", "  staysInside(file, parts);\n"),
      forgesAnything,
    ],
    model: [withoutRule(5), putsWhatFits],
  }),
  fault("B06", {
    effect: "a pointer to state may stand in what is shared, and leads nowhere for anybody",
    difficulty: 2,
    expect: ["O", "M", "D"],
    impl: [inVerifier("  if (!isAllowed(file, parts)) return 6;\n", "  isAllowed(file, parts);\n")],
    model: [withoutRule(6), putsWhatFits, fillsWhatFits],
  }),
  fault("B07", {
    effect: "an export may begin beyond the code, or in the middle of an instruction",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inVerifier("  if (!hasEntries(file, parts)) return 7;\n", "  hasEntries(file, parts);\n")],
    model: [withoutRule(7)],
  }),
  fault("B08", {
    effect: "bytes of a file that look like a capability are one when they are loaded",
    difficulty: 1,
    expect: ["M", "O", "D"],
    impl: [
      inImpl(
        "forge",
        "  /** Makes the granule at an aligned address null. */",
        `  /** Tags the granules from an aligned address on that any capability could be. */
  vouch(address: number, size: number): void {
    this.begin();
    for (let at = address; at < address + size; at += 16) {
      this.loadFrom(at);
      this.run(this.vouching);
      if (this.engine.hart.capability(5).tag) this.storeTo(at);
    }
  }

  /** Makes the granule at an aligned address null. */`,
      ),
      inImpl(
        "forge",
        "    this.erasing = words(ERASE);\n",
        '    this.erasing = words(ERASE);\n    this.vouching = words("  cbuildcap c5, c20, c5\\n");\n',
      ),
      inImpl(
        "forge",
        "  private readonly erasing: Uint32Array;\n",
        "  private readonly erasing: Uint32Array;\n  private readonly vouching: Uint32Array;\n",
      ),
      inImplObjects(
        "load",
        "  engine.load(BigInt(shared.rodataBase), rodata);\n",
        `  engine.load(BigInt(shared.rodataBase), rodata);
  const running = engine.hart.save();
  loading.forge.vouch(shared.rodataBase, rodata.length);
  engine.hart.restore(running);
`,
      ),
      inImplObjects(
        "binding",
        "asIntravisor(sharing, (forge) => fillState(",
        "asIntravisor(sharing, (forge) => forge.vouch(place.base, object.init.length));\n    asIntravisor(sharing, (forge) => fillState(",
      ),
    ],
    model: [
      inModelObjects(
        "relocation",
        "  return { base, bytes: copied, tags: new Uint8Array(size / SLOT) };",
        `  const tags = new Uint8Array(size / SLOT);
  for (let at = 0; at < bytes.length / SLOT; at++) tags[at] = couldBe(copied, at * SLOT) ? 1 : 0;
  return { base, bytes: copied, tags };`,
      ),
      inModelObjects("relocation", "import { authority,", "import { authority, couldBe,"),
      inModelObjects("capabilities", "  andPerms,\n", "  andPerms,\n  buildCap,\n  capabilityFromMemory,\n"),
      inModelObjects(
        "capabilities",
        "/** The bits of the granule at an offset. */",
        `export function couldBe(bytes: Uint8Array, at: number): boolean {
  return buildCap(rootCapability, capabilityFromMemory(false, granuleAt(bytes, at))).tag;
}

/** The bits of the granule at an offset. */`,
      ),
      inModelObjects(
        "relocation",
        "  const text = copy(base, file.text, file.text.length);",
        "  const text = { ...copy(base, file.text, file.text.length), tags: new Uint8Array(file.text.length / SLOT) };",
      ),
    ],
  }),
  fault("B09", {
    effect: "an access of state may say one variable and reach another, or none",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inVerifier("  if (!reachesState(file, parts)) return 9;\n", "  reachesState(file, parts);\n")],
    model: [withoutRule(9)],
  }),
  fault("B10", {
    effect: "two places of an object may be the same import, or one that it does not have",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inVerifier("  return hasImports(file, parts) ? 0 : 10;\n", "  hasImports(file, parts);\n  return 0;\n"),
      inImplObjects(
        "load",
        "    found[file.getUint32(at + 8, true)] = file.getUint32(at + 4, true);",
        `    const number = file.getUint32(at + 8, true);
    if (number < 256) found[number] ??= file.getUint32(at + 4, true);`,
      ),
    ],
    model: [
      withoutRule(10),
      inModelObjects(
        "relocation",
        "kind === kinds.imported && BigInt(target) === number",
        "kind === kinds.imported && BigInt(target) === number && number < 256n",
      ),
    ],
  }),
  fault("B11", {
    effect: "the code of objects may access system registers",
    difficulty: 2,
    expect: ["M", "A", "D"],
    impl: [
      inImplObjects(
        "load",
        "perms.global | perms.execute | perms.load | perms.loadCap;",
        "perms.global | perms.execute | perms.load | perms.loadCap | perms.system;",
      ),
    ],
    model: [
      inModelObjects(
        "capabilities",
        "const { global, execute,",
        "const { accessSystemRegisters, global, execute,",
      ),
      inModelObjects(
        "capabilities",
        "code: global | execute | load | loadCap,",
        "code: global | execute | load | loadCap | accessSystemRegisters,",
      ),
    ],
  }),
  fault("B12", {
    effect: "an object is taken for another that exports the same names",
    difficulty: 2,
    expect: ["O", "S", "D"],
    impl: [
      inImplObjects(
        "calls",
        "  const live = sharing.objects.find((one) => one?.hash === hash);\n",
        `  const names = hexOf(stringsIn(bytes));
  const live = sharing.objects.find((one) => one?.names === names);
`,
      ),
      inImplObjects(
        "calls",
        '  if (object === null) return "ENOSPC";\n  const number = give(frame, object);\n  if (number !== null) return [number];',
        '  if (object === null) return "ENOSPC";\n  object.names = names;\n  const number = give(frame, object);\n  if (number !== null) return [number];',
      ),
      inImplObjects("calls", "import { verify }", "import { stringsIn, verify }"),
      inVerifier(
        "function hasHeader(",
        `export function stringsIn(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(partsOf(viewOfBytes(bytes)).stringsAt);
}

function hasHeader(`,
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        "  const live = objectWith(system, hash);\n",
        `  const namesOf = ({ exports, imports }: typeof verdict.object) =>
    [...exports.map(({ name }) => name), ...imports].join("");
  const names = namesOf(verdict.object);
  const live = [...system.objects.values()].find(({ file }) => namesOf(file) === names) ?? null;
`,
      ),
    ],
  }),
]);
