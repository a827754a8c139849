/** Each call once more, from the ledger alone: by its name, what it must come to. */
import { basicForecasts } from "./exact-basic.ts";
import { crossingForecasts } from "./exact-crossings.ts";
import { deviceForecasts } from "./exact-devices.ts";
import { fileForecasts } from "./exact-files.ts";
import { objectForecasts } from "./exact-objects.ts";
import { streamForecasts } from "./exact-streams.ts";
import type { Forecast } from "./forecast.ts";

export const forecasts: Readonly<Record<string, Forecast>> = {
  ...basicForecasts,
  ...deviceForecasts,
  ...fileForecasts,
  ...crossingForecasts,
  ...streamForecasts,
  ...objectForecasts,
};
