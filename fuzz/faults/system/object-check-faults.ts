/** Checks of a file that is to be an object, each left out. */
import { ofKind } from "../planted-fault.ts";
import { inImplObjects, inModelObjects } from "./patch.ts";

const UNCHECKED = "none known; a check of what is loaded that is left out";

const inVerifier = (from: string, to: string) => inImplObjects("verifier", from, to);
const inRules = (from: string, to: string) => inModelObjects("verification", from, to);

/** One for each check of a file. */
export const objectChecks = ofKind("integrity", [
  {
    id: "B01",
    source: UNCHECKED,
    effect: "reserved words of the header of an object are not looked at",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [
      inVerifier(
        "    file.getUint32(40, true) === 0 &&\n    file.getUint32(44, true) === 0\n",
        "    file.getUint32(40, true) >= 0\n",
      ),
    ],
    model: [inModelObjects("format", "  if (u32(40) !== 0 || u32(44) !== 0) return null;\n", "")],
  },
  {
    id: "B02",
    source: UNCHECKED,
    effect: "pointers of an object may have bounds that a capability cannot have",
    difficulty: 3,
    expect: ["O", "D", "V"],
    impl: [
      inVerifier("  if (!isRepresentable(file, parts)) return 2;\n", "  isRepresentable(file, parts);\n"),
    ],
    model: [
      inRules(
        "      relocations.every((one) => !isPointer(one) || isExactPiece(one)),",
        "      relocations.every((one) => !isPointer(one) || isExactPiece(one) || true),",
      ),
    ],
  },
  {
    id: "B03",
    source: UNCHECKED,
    effect: "exports of an object may have flags that mean nothing",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [
      inVerifier(
        "    if (file.getUint32(at + FLAGS, true) !== 0) return false;\n",
        "    file.getUint32(at + FLAGS);\n",
      ),
    ],
    model: [
      inRules(
        "      exports.every(({ flags }) => flags === 0) &&\n",
        "      exports.every(({ flags }) => flags >= 0) &&\n",
      ),
    ],
  },
  {
    id: "B04",
    source: UNCHECKED,
    effect: "two relocations of an object may patch the same bytes",
    difficulty: 3,
    expect: ["O", "M", "D"],
    impl: [
      inVerifier(
        "    if ((before >> 4) + (before & 15) > extents[one]! >> 4) return false;\n",
        "    if (before < 0) return false;\n",
      ),
    ],
    model: [
      inRules(
        "isPlaced(object, one)) && isApart(object),",
        "isPlaced(object, one)) && (isApart(object) || true),",
      ),
    ],
  },
  {
    id: "B05",
    source: UNCHECKED,
    effect: "pointers to read-only data may lead beyond it, into whatever comes next",
    difficulty: 2,
    expect: ["O", "M", "D"],
    impl: [
      inVerifier(
        "      const limit = what === kind.clsInit ? init + bss : rodata;",
        "      const limit = what === kind.clsInit ? init + bss : 0x2000_0000;",
      ),
    ],
    model: [
      inRules(
        "      return target + size <= object.rodata.length && addend <= size;",
        "      return target + size <= 0x2000_0000 && addend <= size;",
      ),
    ],
  },
  {
    id: "B06",
    source: UNCHECKED,
    effect: "a pointer to state may stand in what is shared, and leads nowhere for anybody",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inVerifier("  if (!isAllowed(file, parts)) return 6;\n", "  isAllowed(file, parts);\n")],
    model: [
      inRules(
        "      relocations.every(({ kind, segment }) => places.get(kind)!.in.includes(segment!)),",
        "      relocations.every(({ kind, segment }) => places.get(kind)!.in.includes(segment!) || true),",
      ),
    ],
  },
  {
    id: "B07",
    source: UNCHECKED,
    effect: "an export may begin beyond the code, or in the middle of an instruction",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inVerifier("  if (!hasEntries(file, parts)) return 7;\n", "  hasEntries(file, parts);\n")],
    model: [
      inRules(
        "exports.every(({ offset }) => isEntry(offset, text)),",
        "exports.every(({ offset }) => isEntry(offset, text) || true),",
      ),
    ],
  },
  {
    id: "B09",
    source: UNCHECKED,
    effect: "an access of state may say one variable and reach another, or none",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inVerifier("  if (!reachesState(file, parts)) return 9;\n", "  reachesState(file, parts);\n")],
    model: [
      inRules(
        "one.kind !== kinds.cls || isVariable(object, one)),",
        "one.kind !== kinds.cls || isVariable(object, one) || true),",
      ),
    ],
  },
  {
    id: "B10",
    source: UNCHECKED,
    effect: "two places of an object may be the same import",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inVerifier(
        "    if (target >= imports || (seen & (1 << target)) !== 0) return false;\n",
        "    if (target >= imports) return false;\n",
      ),
    ],
    model: [
      inRules(
        "slots.every(isSlot) && new Set(slots.map(({ target }) => target)).size === slots.length;",
        "slots.every(isSlot);",
      ),
    ],
  },
]);
