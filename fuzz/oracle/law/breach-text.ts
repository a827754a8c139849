import type { Capability } from "../../../model/contract.ts";
import { drawRanges } from "../../finding/range.ts";
import { format128, type LawFormat } from "./format.ts";
import type { Operands } from "./law.ts";
import { operandNames } from "./shrink.ts";
import type { Breach } from "./trial.ts";

/** A broken law for a reader: what it says, who breaks it, with which operands, and what was expected. */
export function breachText({ law, subject, operands, told }: Breach): string[] {
  const { library, format } = subject;
  return [
    `law ${law.name}: ${law.statement}`,
    `source: ${law.source}`,
    `broken by ${library.name}, ${format.name} format`,
    ...numbersText(law.shape === "none" ? [] : operandNames[law.shape], operands),
    ...capabilitiesText(format, operandNames[law.shape], operands),
    told,
  ];
}

function numbersText(names: readonly (keyof Operands)[], operands: Operands): string[] {
  return names
    .filter((name) => name === "value" || name === "second")
    .map((name) => `${name} 0x${operands[name].toString(16)}`);
}

/** As the laws read them, which need not be how the library does. */
function capabilitiesText(
  format: LawFormat,
  names: readonly (keyof Operands)[],
  operands: Operands,
): string[] {
  const drawn = names
    .filter((name) => name === "source" || name === "other")
    .map((name) => {
      const { tag, address, base, top, perms, flags, reserved, bounds, otype } = operands[name];
      const cap: Capability = { tag, address, base, top, perms, flags, reserved, bounds, otype };
      return { name: `${name} (bounds field 0x${bounds.toString(16)})`, cap: withNamedType(format, cap) };
    });
  return drawn.length === 0 ? [] : drawRanges(drawn);
}

/** The object types that have names are those of the 128-bit format where capabilities are drawn. */
function withNamedType(format: LawFormat, cap: Capability): Capability {
  if (cap.otype === format.unsealed) return { ...cap, otype: format128.unsealed };
  return cap.otype === format.sentry ? { ...cap, otype: format128.sentry } : cap;
}
