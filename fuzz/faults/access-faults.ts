/** Mistakes in what an access to memory needs: permissions, tag and seal of its authority, and which that is. */
import { ofKind } from "./planted-fault.ts";

const MODEL = "model/machine/access.ts";
const ATOMIC = "impl/engine/ops-atomic.ts";
const CAPABILITY = "impl/engine/ops-cheri-memory.ts";
const CHECK = "impl/engine/access.ts";

export const accesses = ofKind("permissions and authority", [
  {
    id: "P01",
    source: "CTSRD-CHERI/qemu 2e65e30",
    effect: "an AMO needs no store permission",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: ATOMIC,
        from: "access(size, flag.load | flag.store, { aligned: true, store: true })",
        to: "access(size, flag.load, { aligned: true, store: true })",
      },
    ],
    model: [
      {
        file: MODEL,
        from: `    loads(authority, index) ??
    stores(authority, index) ??
`,
        to: `    loads(authority, index) ??
`,
      },
    ],
  },
  {
    id: "P02",
    source: "bluespec/Toooba 5b23f4ce",
    effect: "an AMO is checked as a load and nothing else: no store permission, and the causes of a load",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: ATOMIC,
        from: "access(size, flag.load | flag.store, { aligned: true, store: true })",
        to: "access(size, flag.load, { aligned: true, store: false })",
      },
    ],
    model: [
      {
        file: MODEL,
        from: `    stores(authority, index) ??
    bounds(authority, index, address, size) ??
    aligned(address, size, cause.misalignedStore);
  if (refused !== null) return refused;

  const loaded = read(machine, index, address, size, cause.storeAccess);`,
        to: `    bounds(authority, index, address, size) ??
    aligned(address, size, cause.misalignedLoad);
  if (refused !== null) return refused;

  const loaded = read(machine, index, address, size, cause.loadAccess);`,
      },
    ],
  },
  {
    id: "P05",
    source: "CTSRD-CHERI/qemu 153a83b",
    effect: "the permissions that loads and stores of capabilities need are not looked at",
    difficulty: 1,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CHECK,
        from: "set(missing, and(shrU(what, 16), xor(flags, -1)))",
        to: "set(missing, choose(and(what, 16), i32(0), and(shrU(what, 16), xor(flags, -1))))",
      },
    ],
    model: [
      {
        file: MODEL,
        from: `    loads(authority, index) ??
    bounds(authority, index, address, CAPABILITY) ??`,
        to: "    bounds(authority, index, address, CAPABILITY) ??",
      },
      {
        file: MODEL,
        from: `    stores(authority, index) ??
    storesValue(authority, index, value) ??
`,
        to: "",
      },
      {
        file: MODEL,
        from: "use(authority, index) ?? loads(authority, index) ?? capabilityStoreTrap",
        to: "use(authority, index) ?? capabilityStoreTrap",
      },
    ],
  },
  {
    id: "P06",
    source: "CTSRD-CHERI/qemu#277",
    effect: "lc.cap checks neither tag, seal, permission nor bounds",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "  const exact = access(shape.size, flag.load, {",
        to: `  if (op.name === "lc.cap") {
    return sequence(
      call(op.functions.settle, op.authority),
      set(at, placeOf(op, address)),
      when(and(wrap(address), 15), [op.trap(cause.loadAddress, address)]),
      when(isZero(inRam(op.layout, address, 16n)), [op.trap(cause.loadAccess, address)]),
    );
  }
  const exact = access(shape.size, flag.load, {`,
      },
    ],
    model: [
      {
        file: MODEL,
        from: "/** LR.C: as loading",
        to: `export function loadUnchecked(machine: Machine, index: CapabilityIndex, address: bigint) {
  return (
    aligned(address, CAPABILITY, cause.misalignedLoad) ??
    readCapability(machine, index, address, cause.loadAccess)
  );
}

/** LR.C: as loading`,
      },
      {
        file: "model/isa/cheri-memory.ts",
        from: "loadTags, swapCapability }",
        to: "loadTags, loadUnchecked, swapCapability }",
      },
      {
        file: "model/isa/cheri-memory.ts",
        from: "execute: (machine, { cd, cs1 }) => loadInto(machine, cd, cs1, machine.readInt(cs1)),",
        to: `execute(machine, { cd, cs1 }) {
    const loaded = loadUnchecked(machine, cs1, machine.readInt(cs1));
    if (isTrap(loaded)) return loaded;
    machine.writeCap(cd, loaded);
    return retire;
  },`,
      },
    ],
  },
  {
    id: "W45",
    source: "none known; the first check of every access, which no report leaves out by itself",
    effect: "an untagged capability authorizes accesses",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CHECK,
        from: `      when(isZero(and(flags, flag.tag)), refuses(capabilityCause.tag)),
`,
        to: "",
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "  if (!authority.tag) return capabilityTrap(violation.tag, index);\n",
        to: "",
      },
    ],
  },
  {
    id: "W46",
    source: "none known; the second check of every access",
    effect: "a sealed capability authorizes accesses",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CHECK,
        from: `      when(and(flags, flag.sealed), refuses(capabilityCause.seal)),
`,
        to: "",
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "  if (isSealed(authority)) return capabilityTrap(violation.seal, index);\n",
        to: "",
      },
    ],
  },
  {
    id: "W47",
    source: "none known; P09 (CTSRD-CHERI/qemu 098e242) for the bounds of the one access that is wide here",
    effect: "an access of 16 bytes is in bounds if its first 8 are",
    difficulty: 4,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CHECK,
        from: "contains(slot, address, size)), refuses",
        to: "contains(slot, address, sub(size, shrU(and(size, 16n), 1n)))), refuses",
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "inBounds(authority, address, size)",
        to: "inBounds(authority, address, size === 16 ? 8 : size)",
      },
    ],
  },
  {
    id: "W48",
    source: "none known; the floating-point loads that these encodings are otherwise have another authority",
    effect: "C.CLC and C.CLCSP are checked against DDC",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      { file: CAPABILITY, from: ", ...compressed.lc],", to: "]," },
      {
        file: CAPABILITY,
        from: "  noDestination,\n",
        to: `  noDestination,
  capabilityLoad({ name: "lc", encodings: compressed.lc, authority: "ddc" }, indexed),
`,
      },
    ],
    model: [
      {
        file: "model/isa/cheri-memory.ts",
        from: "loadInto(machine, cd, cs1, addressOf(machine, cs1, uimm))",
        to: "loadInto(machine, cd, DDC, addressOf(machine, cs1, uimm))",
      },
      {
        file: "model/isa/cheri-memory.ts",
        from: "loadInto(machine, cd, SP, addressOf(machine, SP, uimm))",
        to: "loadInto(machine, cd, DDC, addressOf(machine, SP, uimm))",
      },
    ],
  },
]);
