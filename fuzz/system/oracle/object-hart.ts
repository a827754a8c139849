/**
 * What one instruction of an object does, foretold from the manual: with the readings of the oracles of single machines,
 * which share nothing with reference and engine but the decoder. Whatever is not read here is not foretold.
 */
import type { Capability, Trap } from "../../../model/contract.ts";
import { decode } from "../../../model/isa/index.ts";
import { type AccessRow, accessRows } from "../../oracle/exact/access-row.ts";
import { binary, conditions, immediateForms } from "../../oracle/exact/arithmetic.ts";
import {
  copied,
  highOf,
  isSealed,
  isWithin,
  movedQuickly,
  movedTo,
  NULL,
  nullAt,
  permit,
  permits,
  placedAt,
  SENTRY,
  UNSEALED,
} from "../../oracle/exact/capability.ts";
import { bounded } from "../../oracle/exact/derive.ts";
import { cause, code, outOfBounds, refusal, trapOf, unusable } from "../../oracle/exact/trap.ts";
import { isHidden, isOpaque, type Piece, Unforeseen, unknown } from "./object-memory.ts";

type Operands = Readonly<Record<string, number | bigint>>;

/** A pair of registers that is invoked. */
export interface Invoked {
  readonly code: number;
  readonly data: number;
}

/** What an instruction came to: a trap, an invocation, or null: it goes on at `pc`. */
type Done = Trap | Invoked | null;

const SIZE = 4n;
/** What there is of a length that no register holds. */
const MOST = (1n << 64n) - 1n;

/** DDC among special registers. */
const DDC = 1;

/** A machine in capability mode, without system registers. DDC can be read; nothing is accessed through it. */
export class ObjectHart {
  readonly registers: Capability[] = new Array<Capability>(32).fill(NULL);
  readonly #memory: readonly Piece[];
  readonly #ddc: Capability;
  pcc: Capability = NULL;
  pc = 0n;

  constructor(memory: readonly Piece[], ddc: Capability) {
    this.#memory = memory;
    this.#ddc = ddc;
  }

  /** An integer that is told to somebody: it must not depend on a place that nobody promises. */
  integer(index: number): bigint {
    const { address } = this.registers[index]!;
    if (isHidden(address)) throw new Unforeseen("a hidden address");
    return address;
  }

  write(index: number, cap: Capability): void {
    if (index !== 0) this.registers[index] = cap;
  }

  writeInteger(index: number, value: bigint): void {
    this.write(index, nullAt(BigInt.asUintN(64, value)));
  }

  step(): Done {
    const word = Number(this.#pieceOf(this.pc, 4).read(this.pc, 4));
    if (!isWithin(this.pcc, this.pc, SIZE) || (word & 3) !== 3) throw new Unforeseen("an odd instruction");
    const decoded = decode(word, true);
    if (decoded === null) throw new Unforeseen("no instruction");
    return this.#execute(decoded.instruction.name, decoded.operands);
  }

  #execute(name: string, operands: Operands): Done {
    const of = (key: string) => Number(operands[key] ?? 0);
    const next = BigInt.asUintN(64, this.pc + SIZE);
    const row = accessRows.get(name);
    if (row !== undefined) {
      const trap = this.#access(row, operands);
      if (trap === null) this.pc = next;
      return trap;
    }
    if (conditions[name] !== undefined) {
      const isTaken = conditions[name](this.integer(of("rs1")), this.integer(of("rs2")));
      this.#go(isTaken ? this.pc + BigInt(operands["imm"]!) : next);
      return null;
    }
    if (name === "cjalr") return this.jump(of("cs1"), of("cd"), BigInt(operands["imm"]!));
    if (name === "cjal") {
      this.write(of("cd"), placedAt(this.pcc, next, true, SENTRY));
      this.#go(this.pc + BigInt(operands["imm"]!));
      return null;
    }
    if (name === "cinvoke") return { code: of("cs1"), data: of("cs2") };
    this.#compute(name, operands);
    this.pc = next;
    return null;
  }

  /** Within PCC. */
  #go(target: bigint): void {
    if (!isWithin(this.pcc, target, 2n)) throw new Unforeseen("a jump out of the code");
    this.pc = target;
  }

  /** To a capability, with a link in `link`. Null: control is at its address, with it as PCC. */
  jump(index: number, link: number, offset: bigint): Trap | null {
    const cap = this.registers[index]!;
    if (!cap.tag) return refusal(index, code.tag);
    if (isSealed(cap) && (cap.otype !== SENTRY || offset !== 0n)) return refusal(index, code.seal);
    if (!permits(cap, permit.execute)) return refusal(index, code.execute);
    const target = BigInt.asUintN(64, cap.address + offset) & ~1n;
    const refused = outOfBounds(cap, index, target, 2n);
    if (refused !== null) return refused;
    this.write(link, placedAt(this.pcc, this.pc + SIZE, true, SENTRY));
    this.pcc = placedAt(cap, target, true, UNSEALED);
    this.pc = target;
    return null;
  }

  #compute(name: string, operands: Operands): void {
    const of = (key: string) => Number(operands[key] ?? 0);
    const immediate = (key: string) => BigInt.asUintN(64, BigInt(operands[key]!));
    const form = immediateForms[name];
    if (form !== undefined) {
      const right = operands["imm"] === undefined ? immediate("shamt") : immediate("imm");
      this.writeInteger(of("rd"), binary[form]!(this.integer(of("rs1")), right));
    } else if (binary[name] !== undefined)
      this.writeInteger(of("rd"), binary[name](this.integer(of("rs1")), this.integer(of("rs2"))));
    else this.#capability(name, operands, this.registers[of("cs1")]!, of);
  }

  #capability(name: string, operands: Operands, source: Capability, of: (key: string) => number): void {
    const value = shownOf(name, source);
    if (value !== null) this.writeInteger(of("rd"), value);
    else this.write(of("cd"), this.#derived(name, operands, source, of));
  }

  #derived(name: string, operands: Operands, source: Capability, of: (key: string) => number): Capability {
    switch (name) {
      case "auipcc": {
        const pcc = placedAt(this.pcc, this.pc, true, UNSEALED);
        return movedTo(pcc, BigInt.asUintN(64, this.pc + BigInt(operands["imm"]!)));
      }
      case "cspecialrw":
        if (of("scr") !== DDC || of("cs1") !== 0) throw new Unforeseen(name);
        return this.#ddc;
      case "cmove":
        return source;
      case "cincoffset":
        return moved(source, this.integer(of("rs2")));
      case "cincoffsetimm":
        return moved(source, BigInt(operands["imm"]!));
      case "csetboundsimm":
        return bounded(source, BigInt(operands["uimm"]!), false);
      default:
        throw new Unforeseen(name);
    }
  }

  #access({ kind, size, isSigned, by, base, offset, from, to }: AccessRow, operands: Operands): Trap | null {
    const of = (key: string | null) => Number(operands[key ?? ""] ?? 0);
    const isLoad = kind === "load" || kind === "load capability";
    const isCapability = kind === "load capability" || kind === "store capability";
    const isStore = kind === "store" || kind === "store capability";
    if ((!isLoad && !isStore) || by === "ddc" || base === null) throw new Unforeseen(kind);
    const index = of(base);
    const authority = this.registers[index]!;
    const address = BigInt.asUintN(64, authority.address + BigInt(offset === null ? 0 : operands[offset]!));
    const stored = from === null ? NULL : this.registers[of(from)]!;
    const refused =
      unusable(authority, index) ??
      (isLoad ? loads(authority, index) : stores(authority, index, isCapability ? stored : NULL)) ??
      outOfBounds(authority, index, address, BigInt(size));
    if (refused !== null) return refused;
    if (isCapability && address % 16n !== 0n)
      return trapOf(isLoad ? cause.misalignedLoad : cause.misalignedStore, address);
    const piece = this.#pieceOf(address, size);
    if (isCapability && isLoad) this.write(of(to), loaded(piece.granule(address), authority));
    else if (isLoad) {
      const value = piece.read(address, size);
      this.writeInteger(of(to), isSigned ? BigInt.asIntN(8 * size, value) : value);
    } else if (isCapability) {
      if (isHidden(stored.address)) throw new Unforeseen("a hidden address");
      piece.write(address, 8, stored.address);
      piece.write(address + 8n, 8, highOf(stored));
    } else piece.write(address, size, this.integer(of(from)));
    return null;
  }

  #pieceOf(address: bigint, size: number): Piece {
    const found = this.#memory.find((piece) => piece.has(address, size));
    if (found === undefined) throw new Unforeseen("memory of nobody");
    return found;
  }
}

/** What lies in places that nobody promises may be moved only where it stays within its bounds. */
function moved(cap: Capability, change: bigint): Capability {
  const result = movedQuickly(cap, cap.address + change);
  const isAway = isHidden(cap.address) && (result.address < cap.base || result.address > cap.top);
  if (isAway || isOpaque(cap)) throw new Unforeseen("a hidden place");
  return result;
}

/** What an instruction tells of a capability; null if it is another instruction. */
function shownOf(name: string, cap: Capability): bigint | null {
  if (name === "cgettag") return cap.tag ? 1n : 0n;
  if (name === "cgetperm") return permsOf(cap);
  const isPlace = name === "cgetbase" || name === "cgetaddr";
  if (!isPlace && name !== "cgetlen") return null;
  const { address, base, top } = cap;
  if (isOpaque(cap) || (isPlace && isHidden(address))) throw new Unforeseen("a hidden place");
  if (isPlace) return name === "cgetbase" ? base : address;
  return top - base < MOST ? top - base : MOST;
}

/** Permissions of software are shown elsewhere; nobody is given any. */
function permsOf(cap: Capability): bigint {
  if (isOpaque(cap) || cap.perms >> 12n !== 0n) throw new Unforeseen("permissions");
  return cap.perms;
}

function loads(authority: Capability, index: number): Trap | null {
  return permits(authority, permit.load) ? null : refusal(index, code.load);
}

function stores(authority: Capability, index: number, stored: Capability): Trap | null {
  if (!permits(authority, permit.store)) return refusal(index, code.store);
  if (!stored.tag) return null;
  if (!permits(authority, permit.storeCap)) return refusal(index, code.storeCap);
  throw new Unforeseen("a capability that is stored");
}

function loaded(cap: Capability, authority: Capability): Capability {
  if (permits(authority, permit.loadCap) || !cap.tag) return cap;
  return isOpaque(cap) ? unknown : copied(cap, false, cap.perms, cap.otype);
}
