/** Operands as laws see them, and the reading they judge by. */
import { fieldsOf, type LawFormat } from "./format.ts";
import type { Source, Subject } from "./law.ts";
import { type CapabilityLibrary, remembering } from "./library.ts";
import { type Enclosure, enclosing, exponentRead, type Range, rangeRead } from "./reading.ts";

/** Readings of a format with no more fields times addresses than this are kept. */
const READINGS_KEPT_MAX = 1 << 20;

export function subjectOf(library: CapabilityLibrary, format: LawFormat): Subject {
  const asked = remembering(library);
  const isSmall = (format.boundsMask + 1n) * format.space <= READINGS_KEPT_MAX;
  if (isSmall) return { library: asked, format, ...keptReadings(format) };
  return {
    library: asked,
    format,
    read: (field, address) => rangeRead(format, field, address),
    enclose: (base, top) => enclosing(format, base, top),
  };
}

function keptReadings(format: LawFormat): Pick<Subject, "read" | "enclose"> {
  const ranges: (Range | undefined)[] = [];
  const enclosures: (Enclosure | undefined)[] = [];
  const [space, tops] = [Number(format.space), Number(format.space) + 1];
  return {
    read: (field, address) => {
      const index = Number(field) * space + Number(address);
      const kept = ranges[index] ?? rangeRead(format, field, address);
      ranges[index] = kept;
      return kept;
    },
    enclose: (base, top) => {
      const index = Number(base) * tops + Number(top);
      const kept = enclosures[index] ?? enclosing(format, base, top);
      enclosures[index] = kept;
      return kept;
    },
  };
}

/** The operand of an encoding in register form. */
export function sourceOf({ library, format, read, enclose }: Subject, tag: boolean, bits: bigint): Source {
  const fields = fieldsOf(format, bits);
  const { base, top } = read(fields.bounds, fields.address);
  const isOrdered = base <= top && top <= format.space;
  return {
    ...fields,
    base,
    top,
    tag,
    cap: library.capabilityFromMemory(tag, bits ^ format.nullBits),
    exponent: exponentRead(format, fields.bounds),
    isSealed: fields.otype !== format.unsealed,
    isOrdered,
    isCanonical: isOrdered && enclose(base, top).field === fields.bounds,
  };
}
