import type { Law } from "./law.ts";
import { addressLaws } from "./laws-address.ts";
import { boundsLaws } from "./laws-bounds.ts";
import { derivationLaws } from "./laws-derivation.ts";
import { encodingLaws } from "./laws-encoding.ts";
import { roundingLaws } from "./laws-rounding.ts";
import { sealingLaws } from "./laws-sealing.ts";

/** Every law of capability libraries; names are unique. */
export const laws: readonly Law[] = [
  ...encodingLaws,
  ...boundsLaws,
  ...addressLaws,
  ...roundingLaws,
  ...derivationLaws,
  ...sealingLaws,
];
