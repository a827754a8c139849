/** Console, time, threads and waiting on words, foretold. */
import { contains } from "./declared.ts";
import {
  type Forecast,
  LENGTH_MAX,
  least,
  reaches,
  refused,
  returned,
  unless,
  waits,
  waitsUnless,
} from "./forecast.ts";

export const basicForecasts: Readonly<Record<string, Forecast>> = {
  console_write(call) {
    const [pointer, length] = call.args as [bigint, bigint];
    const moved = least(length, 4096n);
    if (length > LENGTH_MAX) return refused("EINVAL");
    return reaches(call, pointer, moved) ? returned(moved, 0n, 0n) : refused("EFAULT");
  },
  time: ({ ledger }) => returned(ledger.time, 0n, 0n),
  sleep({ args }) {
    if (args[0]! >= 1n << 63n) return refused("EINVAL");
    return args[0] === 0n ? returned(0n, 0n, 0n) : waits;
  },
  timer_arm({ ledger, thread, cvm, args }) {
    const armed = ledger.timers.filter((timer) => timer.thread.cvm === thread.cvm).length;
    return unless(
      { EINVAL: args[0] === 0n || args[0]! >= 1n << 63n, EAGAIN: armed >= cvm.description.quotas.timers },
      () => returned(0n, 0n, 0n),
    );
  },
  thread_create({ ledger, cvm, args }) {
    const taken = new Set(ledger.framesIn(cvm).map(({ frame }) => frame.stack));
    let number = 0;
    while (taken.has(number)) number++;
    const isOut = !contains(cvm.code, args[0]!, 2n);
    return unless(
      {
        EFAULT: isOut,
        EINVAL: (args[0]! & 1n) === 1n,
        EAGAIN: !isOut && number >= cvm.description.quotas.threads,
      },
      () => returned(BigInt(number), 0n, 0n),
    );
  },
  thread_exit: ({ frame }) =>
    frame.endpoint === null && frame.chain === null ? returned(0n, 0n, 0n) : refused("EPERM"),
  thread_join({ thread, cvm, args }) {
    const other = args[0]! < BigInt(cvm.threads.length) ? cvm.threads[Number(args[0])] : undefined;
    if (!other?.hasLived) return refused("ESRCH");
    if (other === thread) return refused("EDEADLK");
    return other.state === "dead" ? returned(other.exitValue, 0n, 0n) : waits;
  },
  thread_self: ({ frame, cvm }) => returned(BigInt(frame.stack), cvm.identity, 0n),
  futex_wait(call) {
    const [address, value, timeout] = call.args as [bigint, bigint, bigint];
    if ((address & 7n) !== 0n) return refused("EINVAL");
    const words = call.ledger.words(call, address, 1);
    if (words === null) return refused("EFAULT");
    return words[0] === value ? waitsUnless(timeout) : refused("EAGAIN");
  },
  futex_wake(call) {
    const [address, most] = call.args as [bigint, bigint];
    const waiting = [...call.ledger.living()].filter(
      ({ wait }) => wait?.call === "futex_wait" && wait.args[0] === address,
    ).length;
    return unless({ EINVAL: (address & 7n) !== 0n, EFAULT: !reaches(call, address, 8n) }, () =>
      returned(least(most, BigInt(waiting)), 0n, 0n),
    );
  },
  exit: () => returned(0n, 0n, 0n),
};
