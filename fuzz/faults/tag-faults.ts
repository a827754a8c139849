/** Mistakes in the tags of memory: what stores and atomics of capabilities do. */
import { ofKind } from "./planted-fault.ts";

export const tags = ofKind("tags and memory", [
  {
    id: "T05",
    source: "CTSRD-CHERI/qemu ea0b4c7",
    effect: "a store-conditional that fails clears the tag all the same",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: `      [report(1n)],
`,
        to: `      [
        when(inRam(op.layout, address, BigInt(exact.size)), [call(op.functions.touch, at, exact.size)]),
        report(1n),
      ],
`,
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  return reservation !== null && BigInt.asUintN(32, reservation) === BigInt.asUintN(32, address);
`,
        to: `  const isReserved =
    reservation !== null && BigInt.asUintN(32, reservation) === BigInt.asUintN(32, address);
  const { memory } = machine;
  if (!isReserved && memory.contains(address, 1)) memory.write(address, 1, memory.read(address, 1));
  return isReserved;
`,
      },
    ],
  },
  {
    id: "T07",
    source: "bluespec/Toooba fb1a629",
    effect: "LR.C and SC.C are checked as accesses of one byte: they reach beyond the bounds",
    difficulty: 3,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-atomic.ts",
        from: `        checkedLoad(op, at, address, CAPABILITY),
`,
        to: `        set(
          at,
          call(
            op.functions.checkAccess,
            op.authority,
            address,
            access(1, flag.load, { aligned: false, store: false }) | (15 << 8),
          ),
        ),
        when(isZero(at), [op.pendingTrap()]),
`,
      },
      {
        file: "impl/engine/ops-cheri-atomic.ts",
        from: "const what = access(16, flag.store, { aligned: true, store: true, conditional: true });",
        to: `const byte = access(1, flag.store, { aligned: false, store: true, conditional: true });
      const what = byte | (15 << 8);`,
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  const value = loadCapability(machine, index, address);
`,
        to: `  const authority = capabilityAt(machine, index);
  const value =
    use(authority, index) ??
    loads(authority, index) ??
    bounds(authority, index, address, 1) ??
    aligned(address, CAPABILITY, cause.misalignedLoad) ??
    readCapability(machine, index, address, cause.loadAccess);
`,
      },
      {
        file: "model/machine/access.ts",
        from: `  const refused = capabilityStoreTrap(machine, index, address, value);
  if (refused !== null) return refused;
  if (!takeReservation`,
        to: `  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    stores(authority, index) ??
    storesValue(authority, index, value) ??
    bounds(authority, index, address, 1) ??
    aligned(address, CAPABILITY, cause.misalignedStore);
  if (refused !== null) return refused;
  if (!takeReservation`,
      },
    ],
  },
  {
    id: "T11",
    source: "CTSRD-CHERI/riscv-isa-sim 9bc4808",
    effect: "a capability store writes the wrong register: that of its authority",
    difficulty: 1,
    expect: ["D", "M"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "const from = op.rs2;",
        to: "const from = op.authority;",
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, value.tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag: value.tag };
`,
        to: `  const from = capabilityAt(machine, index);
  const data = memoryFromCapability(from);
  machine.memory.writeGranule(address, data, from.tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag: from.tag };
`,
      },
    ],
  },
  {
    id: "T12",
    source: "CTSRD-CHERI/TestRIG-traces, Flute appearingTag",
    effect: "storing an untagged capability leaves the tag that was there",
    difficulty: 3,
    expect: ["M", "A", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "store8(mark, 0, or(tag, granule.touched))",
        to: "store8(mark, 0, or(or(tag, and(load8u(mark), granule.tag)), granule.touched))",
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, value.tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag: value.tag };
`,
        to: `  const tag = value.tag || machine.memory.tagAt(address);
  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag };
`,
      },
    ],
  },
  {
    id: "T13",
    source: "CTSRD-CHERI/TestRIG-traces, Flute lost_cheri_cache",
    effect: "no tag ever reaches memory",
    difficulty: 1,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "store8(mark, 0, or(tag, granule.touched))",
        to: "store8(mark, 0, granule.touched)",
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, value.tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag: value.tag };
`,
        to: `  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, false);
  machine.effects.write = { address, size: CAPABILITY, data, tag: false };
`,
      },
    ],
  },
  {
    id: "W05",
    source: "none known",
    effect: "storing an untagged capability sets the tag",
    difficulty: 1,
    expect: ["M", "A"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "store8(mark, 0, or(tag, granule.touched))",
        to: "store8(mark, 0, granule.tag | granule.touched)",
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, value.tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag: value.tag };
`,
        to: `  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, true);
  machine.effects.write = { address, size: CAPABILITY, data, tag: true };
`,
      },
    ],
  },
]);
