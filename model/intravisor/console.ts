/** The console: text goes out, line by line as it was written. */
import { hexOf } from "./bytes.ts";
import { type Caller, type Change, failed, returned } from "./change.ts";
import { LENGTH_MAX, readGuest } from "./guest-memory.ts";
import type { System } from "./state.ts";

/** The most bytes of one write; more are a short count. */
const WRITE_MAX = 4096n;

/** console_write(ptr, n): bytes written. */
export function consoleWrite(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [address, length] = args as [bigint, bigint];
  if (length > LENGTH_MAX) return failed(system, "EINVAL");
  const count = length > WRITE_MAX ? WRITE_MAX : length;
  const bytes = readGuest(system, caller, address, count);
  if (bytes === null) return failed(system, "EFAULT");
  const devices = count === 0n ? [] : [{ device: "console", cvm: caller.cvm.name, data: hexOf(bytes) }];
  return returned(system, count, 0n, 0n, { devices });
}
