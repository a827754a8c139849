/** What calls answer when they fail: minus the number that Linux has for the error. */
import type { ErrorName } from "../system-contract.ts";

export const errorNumbers: Readonly<Record<ErrorName, bigint>> = {
  EPERM: 1n,
  ENOENT: 2n,
  ESRCH: 3n,
  EINTR: 4n,
  EIO: 5n,
  E2BIG: 7n,
  ENOEXEC: 8n,
  EBADF: 9n,
  EAGAIN: 11n,
  ENOMEM: 12n,
  EACCES: 13n,
  EFAULT: 14n,
  EBUSY: 16n,
  EEXIST: 17n,
  ENODEV: 19n,
  EINVAL: 22n,
  ENOSPC: 28n,
  EPIPE: 32n,
  EDEADLK: 35n,
  ENOSYS: 38n,
  ELOOP: 40n,
  ECONNRESET: 104n,
  ETIMEDOUT: 110n,
  ESTALE: 116n,
};

/** The value of a0 for an error: two's complement in 64 bits. */
export function failure(error: ErrorName): bigint {
  return BigInt.asUintN(64, -errorNumbers[error]);
}
