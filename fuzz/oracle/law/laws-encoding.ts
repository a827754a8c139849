/** Laws of the encoding: what memory holds, what bits mean, where authority begins. */
import { fieldsOf } from "./format.ts";
import { differsInFields, type Law, misread, unequal } from "./law.ts";

const SAIL = "sail-cheri-riscv-verif";
const CHERIOT = "cheriot-sail properties";
const LIB = "cheri-cap-lib CHERICapProps";

export const encodingLaws: readonly Law[] = [
  {
    name: "memory-keeps-capabilities",
    source: `${CHERIOT}: decode and encode keep every bit; ${LIB}: from and to memory; ${SAIL}: decode is encodable`,
    statement: "what memory holds comes back from a capability as it was, bit by bit, and so does the tag",
    shape: "capability",
    check: ({ library, format }, { source }) => {
      const data = library.memoryFromCapability(source.cap) ^ format.nullBits;
      const differs = differsInFields(source, { ...source.cap, ...fieldsOf(format, data) });
      if (differs !== null) return `in memory, ${differs}`;
      return source.cap.tag === source.tag || unequal("tag", source.tag, source.cap.tag);
    },
  },
  {
    name: "fields-lie-where-the-manual-says",
    source: `${LIB}: unique encoding; CHERI ISAv9, figure of the 128-bit format`,
    statement: "each field of a decoded capability has the value of its own bits",
    shape: "capability",
    check: (_subject, { source }) => differsInFields(source, source.cap) ?? true,
  },
  {
    name: "bounds-are-what-bits-mean",
    source: `${LIB}: getBase, getTop, getLength; CHERI ISAv9, Capability Compression`,
    statement: "base and top of every pattern are those that its bounds field means at its address",
    shape: "capability",
    check: (subject, { source }) => misread(subject, source.cap) ?? true,
  },
  {
    name: "null-is-zero",
    source: `${CHERIOT}: null is zero, null has no permissions; ${SAIL}: null is encodable`,
    statement:
      "null is untagged, unsealed, permits nothing, and is zero in memory, and zero in memory is null",
    shape: "none",
    check: ({ library, format }) => {
      const none = { ...fieldsOf(format, format.nullBits), tag: false };
      for (const cap of [library.nullCapability, library.capabilityFromMemory(false, 0n)]) {
        const differs = differsInFields(none, cap);
        if (differs !== null) return differs;
        if (cap.tag) return unequal("tag", false, true);
      }
      const data = library.memoryFromCapability(library.nullCapability);
      return data === 0n || unequal("null in memory", 0n, data);
    },
  },
  {
    name: "root-is-everything",
    source: `${CHERIOT}: the roots decode to full bounds and a tag; ${SAIL}: the default is encodable`,
    statement:
      "the root is tagged, unsealed, permits everything and covers all addresses, as do its bits in memory",
    shape: "none",
    check: ({ library, format }) => {
      const whole = { ...fieldsOf(format, format.nullBits), perms: format.permsMask };
      const root = library.rootCapability;
      const again = library.capabilityFromMemory(true, library.memoryFromCapability(root));
      for (const cap of [root, again]) {
        const differs = differsInFields(whole, cap);
        if (differs !== null) return differs;
        if (!cap.tag) return unequal("tag", true, false);
        if (cap.base !== 0n) return unequal("base", 0n, cap.base);
        if (cap.top !== format.space) return unequal("top", format.space, cap.top);
      }
      return true;
    },
  },
  {
    name: "integers-are-null-elsewhere",
    source: "CHERI ISAv9, the null capability; cheriot-sail properties: null is zero",
    statement: "an integer in memory is the null capability at that address, and covers all addresses",
    shape: "number",
    check: ({ library, format }, { value }) => {
      const cap = library.capabilityFromMemory(false, value);
      const differs = differsInFields({ ...fieldsOf(format, format.nullBits), address: value }, cap);
      if (differs !== null) return differs;
      if (cap.base !== 0n || cap.top !== format.space) {
        return unequal("bounds", { base: 0n, top: format.space }, { base: cap.base, top: cap.top });
      }
      const data = library.memoryFromCapability(cap);
      return data === value || unequal("in memory", value, data);
    },
  },
  {
    name: "base-not-above-top",
    source: `${SAIL}: base <= top for valid capabilities; Morello SMT laws: base <= limit`,
    statement:
      "of bits that bounds setting gives, at an address they follow, base is not above top, nor top beyond",
    shape: "capability",
    check: ({ format }, { source: { isCanonical, cap } }) => {
      if (!isCanonical) return null;
      if (cap.top > format.space) return `top: expected at most ${format.space}, got ${cap.top}`;
      return cap.base <= cap.top || `expected base <= top, got ${cap.base} and ${cap.top}`;
    },
  },
];
