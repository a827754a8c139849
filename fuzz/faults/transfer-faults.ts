/** Mistakes in what it takes to load and to store a capability with its tag. */
import { ofKind } from "./planted-fault.ts";

const CAPABILITY = "impl/engine/ops-cheri-memory.ts";
const CAPABILITY_ATOMIC = "impl/engine/ops-cheri-atomic.ts";
const MODEL = "model/machine/access.ts";

export const transfers = ofKind("permissions and authority", [
  {
    id: "P04",
    source: "CTSRD-CHERI/qemu ba3e90f",
    effect: "LR.C and SC.C need no permission at all",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CAPABILITY_ATOMIC,
        from: `        checkedLoad(op, at, address, CAPABILITY),
`,
        to: `        set(
          at,
          call(op.functions.checkAccess, op.authority, address, access(16, 0, { aligned: true, store: false })),
        ),
        when(isZero(at), [op.pendingTrap()]),
`,
      },
      { file: CAPABILITY_ATOMIC, from: "access(16, flag.store, {", to: "access(16, 0, {" },
      {
        file: CAPABILITY_ATOMIC,
        from: "{ size: 16, what: or(shl(neededToStore(op), 16), what) }",
        to: "{ size: 16, what }",
      },
    ],
    model: [
      {
        file: MODEL,
        from: "const value = loadCapability(machine, index, address);",
        to: `const authority = capabilityAt(machine, index);
  const value =
    use(authority, index) ??
    bounds(authority, index, address, CAPABILITY) ??
    aligned(address, CAPABILITY, cause.misalignedLoad) ??
    readCapability(machine, index, address, cause.loadAccess);`,
      },
      {
        file: MODEL,
        from: "const refused = capabilityStoreTrap(machine, index, address, value);",
        to: `const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    bounds(authority, index, address, CAPABILITY) ??
    aligned(address, CAPABILITY, cause.misalignedStore);`,
      },
    ],
  },
  {
    id: "P18",
    source: "CHERIoT-Platform/cheriot-sail cf6044a",
    effect: "a capability loaded without Load_Cap keeps its tag",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: CAPABILITY,
        from: "const mayLoadTag = shrU(load32(op.authority, field.flags), Math.log2(flag.loadCap));",
        to: "const mayLoadTag = i32(1);",
      },
    ],
    model: [
      {
        file: MODEL,
        from: "tag && permits(capabilityAt(machine, index), permission.loadCap)",
        to: "tag",
      },
    ],
  },
  {
    id: "P22",
    source: "bluespec/Flute eb16b19",
    effect: "storing an untagged capability needs Store_Cap",
    difficulty: 2,
    over: true,
    expect: ["O", "D"],
    impl: [{ file: CAPABILITY, from: "forTagged, 0)", to: "forTagged, flag.storeCap)" }],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "if (!value.tag) return null;",
        to: "if (!value.tag && permits(authority, permission.storeCap)) return null;",
      },
    ],
  },
  {
    id: "P24",
    source: "proteus-core/proteus#2",
    effect: "storing a tagged capability needs neither Store_Cap nor Store_Local_Cap",
    difficulty: 1,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CAPABILITY,
        from: "return choose(and(load32(op.rs2, field.flags), flag.tag), forTagged, 0);",
        to: "return i32(0);",
      },
    ],
    model: [{ file: "model/machine/checks.ts", from: "if (!value.tag) return null;", to: "return null;" }],
  },
  {
    id: "W40",
    source: "none known; P24 forgets both permissions of a capability store, this forgets the rarer one",
    effect: "a capability that is not Global can be stored without Store_Local_Cap",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CAPABILITY,
        from: "select(isLocal, i32(flag.storeCap | flag.storeLocalCap), flag.storeCap)",
        to: "i32(flag.storeCap)",
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "if (permits(value, permission.global) || permits(authority, permission.storeLocalCap)) return null;",
        to: "return null;",
      },
    ],
  },
  {
    id: "W41",
    source: "none known; P18 in one encoding alone, as P06 is",
    effect: "C.CLC and C.CLCSP load tags without Load_Cap",
    difficulty: 5,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: CAPABILITY,
        from: "const mayLoadTag = shrU(load32(op.authority, field.flags), Math.log2(flag.loadCap));",
        to: `const permitted = shrU(load32(op.authority, field.flags), Math.log2(flag.loadCap));
  const mayLoadTag = or(permitted, ne(and(op.word, 3n), 3n));`,
      },
    ],
    model: [
      {
        file: MODEL,
        from: "tag && permits(capabilityAt(machine, index), permission.loadCap)",
        to: "tag && (permits(capabilityAt(machine, index), permission.loadCap) || (machine.word & 3) !== 3)",
      },
    ],
  },
  {
    id: "W44",
    source: "none known; P18 in the one instruction whose permissions P04 forgot",
    effect: "LR.C loads tags without Load_Cap",
    difficulty: 4,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: CAPABILITY,
        from: "const mayLoadTag = shrU(",
        to: 'const mayLoadTag = op.name.startsWith("lr.c") ? i32(1) : shrU(',
      },
    ],
    model: [
      {
        file: MODEL,
        from: "const value = loadCapability(machine, index, address);",
        to: `const loaded = loadCapability(machine, index, address);
  const value = isTrap(loaded) ? loaded : { ...loaded, tag: machine.memory.tagAt(address) };`,
      },
    ],
  },
  {
    id: "W43",
    source: "none known; P01 for the AMO that CHERI adds",
    effect: "AMOSWAP.C needs no store permission",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: CAPABILITY_ATOMIC,
        from: "access(16, flag.load | flag.store, {",
        to: "access(16, flag.load, {",
      },
    ],
    model: [
      {
        file: MODEL,
        from: "use(authority, index) ?? loads(authority, index) ?? capabilityStoreTrap(machine, index, address, value);",
        to: `use(authority, index) ??
    loads(authority, index) ??
    storesValue(authority, index, value) ??
    bounds(authority, index, address, CAPABILITY) ??
    aligned(address, CAPABILITY, cause.misalignedStore);`,
      },
    ],
  },
]);
