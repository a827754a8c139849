/** Writes trace records (record.ts): small functions that say one thing about the step under way. */
import { copySlot, INCOMPLETE } from "../capability/slots.ts";
import { add, and, eq, extendU, isZero, ne, or, shl, shrU, sub } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, type Local, type Statement } from "../wasm/code.ts";
import { call, ret, select, set, when } from "../wasm/control.ts";
import {
  fill,
  load8u,
  load8uTo64,
  load16uTo64,
  load32,
  load32uTo64,
  load64,
  store32,
  store64,
} from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import {
  field,
  flag,
  granule,
  MEPCC_AT,
  PCC_AT,
  REGISTERS_AT,
  SINK_AT,
  SLOT_BYTES,
  state,
  TRACE_SLOT_AT,
} from "./layout.ts";
import type { CapabilityFunctions } from "./operation.ts";
import { granuleOf } from "./ram.ts";
import { capSlot, memSlot, RECORD_BYTES, slot } from "./record.ts";

type Note<Params extends readonly ("i32" | "i64")[]> = FunctionRef<readonly ["i32", ...Params], "void">;

/** Every function takes the address of the record first. */
export interface Tracer {
  /** (word, pc): starts a record, whose slots must be zero: the host clears those of a whole run at once. */
  readonly begin: Note<readonly ["i64", "i64"]>;
  /** (pc): completes a record; pc is that of the next instruction. */
  readonly end: Note<readonly ["i64"]>;
  /** (pc before, pc after): replaces what was noted by the trap just taken. */
  readonly trap: Note<readonly ["i64", "i64"]>;
  /** (slot): it holds an integer now. */
  readonly integer: Note<readonly ["i32"]>;
  /** (slot). */
  readonly capability: Note<readonly ["i32"]>;
  readonly authority: Note<readonly ["i32"]>;
  readonly source: Note<readonly ["i32"]>;
  readonly special: Note<readonly ["i32"]>;
  /** (pc): PCC was replaced; execution goes on at pc. */
  readonly pcc: Note<readonly ["i64"]>;
  /** (number, value). */
  readonly csr: Note<readonly ["i32", "i64"]>;
  /** (block, address, at, size): block is slot.read or slot.write, size has bit 8 set for a capability. */
  readonly access: Note<readonly ["i32", "i64", "i32", "i32"]>;
  /** (address, tags): CLoadTags read these four tags. */
  readonly tags: Note<readonly ["i64", "i64"]>;
}

const HEAD_VALID = 1n << 41n;
const HEAD_TRAPPED = 1n << 40n;
/** Set in an access's size when it was by capability: the granule's tag counts. */
export const BY_CAPABILITY = 1 << 8;

export function defineTracer({ module, layout }: Build, settle: CapabilityFunctions["settle"]): Tracer {
  const at = (name: keyof typeof slot) => 8 * slot[name];
  /** Or-s bits into the `what` slot. */
  const what = (record: Code<"i32">, bits: Code<"i64">): Statement =>
    store64(record, at("what"), or(load64(record, at("what")), bits));

  const block = module.func("trace_block", ["i32", "i32"], "void", (locals, to, from) =>
    spellBlock(locals.i32(), to, from, settle),
  );
  /** PCC as a capability whose address is pc; if that is another address than its own, bounds are decoded for it. */
  const pccBlock = (to: Code<"i32">, pc: Code<"i64">) => [
    when(
      eq(load64(PCC_AT, field.address), pc),
      [call(block, to, PCC_AT)],
      [
        ...copySlot(i32(TRACE_SLOT_AT), i32(PCC_AT)),
        store64(TRACE_SLOT_AT, field.address, pc),
        store32(TRACE_SLOT_AT, field.flags, or(load32(TRACE_SLOT_AT, field.flags), flag.lazy)),
        call(block, to, TRACE_SLOT_AT),
      ],
    ),
  ];

  const begin = module.func("trace_begin", ["i32", "i64", "i64"], "void", (_, record, word, pc) => [
    store64(record, at("head"), or(or(word, HEAD_VALID), shl(extendU(load32(state.privilege)), 32n))),
    store64(record, at("pcBefore"), pc),
  ]);

  const end = module.func("trace_end", ["i32", "i64"], "void", (_, record, pc) => [
    store64(record, at("pcAfter"), pc),
  ]);

  /** Not 0 if anything was noted between begin and end: each note fills one of these slots. */
  const noted = (record: Code<"i32">): Code<"i64"> =>
    (["what", "cleared", "special0", "special1", "read", "write"] as const)
      .map((name): Code<"i64"> => load64(record, at(name)))
      .reduce((all, one) => or(all, one));

  const trap = module.func("trace_trap", ["i32", "i64", "i64"], "void", (locals, record, before, after) => {
    const head = locals.i64();
    return [
      set(head, load64(record, at("head"))),
      when(ne(noted(record), 0n), [fill(record, 0, RECORD_BYTES)]),
      store64(record, at("head"), or(head, HEAD_TRAPPED)),
      store64(record, at("pcBefore"), before),
      store64(record, at("cause"), extendU(load32(state.cause))),
      store64(record, at("trapValue"), load64(state.trapValue)),
      store64(record, at("special0"), 0x20n), // scr 31, counted from 1
      call(block, add(record, at("special0") + 8), MEPCC_AT),
      store64(record, at("special1"), 1n),
      ...pccBlock(add(record, at("special1") + 8), after),
    ];
  });

  const integer = module.func("trace_integer", ["i32", "i32"], "void", (_, record, rd) => [
    when(eq(rd, SINK_AT), [ret()]),
    what(record, or(indexOf(rd), 0x100n)),
    store64(record, at("register") + 8 * capSlot.address, load64(rd, field.address)),
  ]);

  const capability = module.func("trace_capability", ["i32", "i32"], "void", (_, record, cd) => [
    when(eq(cd, SINK_AT), [ret()]),
    what(record, or(indexOf(cd), 0x200n)),
    call(block, add(record, at("register")), cd),
  ]);

  const authority = module.func("trace_authority", ["i32", "i32"], "void", (_, record, used) => [
    what(record, shl(add(indexOf(used), 1n), 16n)),
  ]);

  const source = module.func("trace_source", ["i32", "i32"], "void", (_, record, used) => [
    what(record, shl(add(indexOf(used), 1n), 24n)),
  ]);

  const special = module.func("trace_special", ["i32", "i32"], "void", (_, record, written) => [
    store64(record, at("special0"), sub(indexOf(written), 0x1fn)),
    call(block, add(record, at("special0") + 8), written),
  ]);

  const pcc = module.func("trace_pcc", ["i32", "i64"], "void", (locals, record, pc) => {
    const to = locals.i32();
    const first = isZero(load64(record, at("special0")));
    return [
      set(to, add(record, select(first, i32(at("special0")), at("special1")))),
      store64(to, 0, 1n),
      ...pccBlock(add(to, 8), pc),
    ];
  });

  const csr = module.func("trace_csr", ["i32", "i32", "i64"], "void", (_, record, number, value) => [
    what(record, shl(extendU(or(number, 0x8000)), 32n)),
    store64(record, at("csrValue"), value),
  ]);

  const access = module.func(
    "trace_access",
    ["i32", "i32", "i64", "i32", "i32"],
    "void",
    (_, record, which, address, place, size) => {
      const to = add(record, shl(which, 3));
      const tag = and(load8u(granuleOf(layout, place)), granule.tag);
      const put = (bytes: number, low: Code<"i64">) =>
        when(eq(and(size, 0x7f), bytes), [store64(to, 8 * memSlot.low, low)]);
      return [
        store64(
          to,
          8 * memSlot.size,
          or(extendU(and(size, 0x7f)), shl(extendU(select(ne(and(size, BY_CAPABILITY), 0), tag, 0)), 8n)),
        ),
        store64(to, 8 * memSlot.address, address),
        put(1, load8uTo64(place)),
        put(2, load16uTo64(place)),
        put(4, load32uTo64(place)),
        put(8, load64(place)),
        put(16, load64(place)),
        when(eq(and(size, 0x7f), 16), [store64(to, 8 * memSlot.high, load64(place, 8))]),
      ];
    },
  );

  const tags = module.func("trace_tags", ["i32", "i64", "i64"], "void", (_, record, address, value) => [
    store64(record, at("read") + 8 * memSlot.size, 64n),
    store64(record, at("read") + 8 * memSlot.address, address),
    store64(record, at("read") + 8 * memSlot.low, value),
  ]);
  return { begin, end, trap, integer, capability, authority, source, special, pcc, csr, access, tags };
}

/**
 * Spells a slot out. An incomplete one is decoded in a copy, and stays as it is. A complete one is read field by field:
 * a copy would have to wait for the stores of the instruction that has just written it.
 */
function spellBlock(
  slot: Local<"i32">,
  to: Local<"i32">,
  from: Local<"i32">,
  settle: CapabilityFunctions["settle"],
): readonly Statement[] {
  const flags = load32(slot, field.flags);
  const high = load64(slot, field.high);
  const put = (name: keyof typeof capSlot, value: Code<"i64">) => store64(to, 8 * capSlot[name], value);
  const bits = (first: bigint, width: bigint) => and(shrU(high, first), (1n << width) - 1n);
  return [
    set(slot, from),
    when(and(load32(from, field.flags), INCOMPLETE), [
      ...copySlot(i32(TRACE_SLOT_AT), from),
      call(settle, TRACE_SLOT_AT),
      set(slot, TRACE_SLOT_AT),
    ]),
    put("bits", extendU(or(and(shrU(flags, 16), 1), and(shrU(flags, 17), 2)))),
    put("address", load64(slot, field.address)),
    put("base", load64(slot, field.base)),
    put("top", load64(slot, field.top)),
    put("perms", bits(48n, 16n)),
    put("otype", bits(27n, 18n)),
    put("flags", bits(45n, 1n)),
    put("reserved", bits(46n, 2n)),
    put("bounds", bits(0n, 27n)),
  ];
}

function indexOf(at: Code<"i32">): Code<"i64"> {
  return extendU(shrU(sub(at, REGISTERS_AT), Math.log2(SLOT_BYTES)));
}
