/** By which calls threads came to where they are: a thread that comes back says only that it does. */
import type { SystemView, ThreadName } from "../../model/system-contract.ts";
import { threadText } from "./listing.ts";
import type { Standing } from "./standing.ts";

/** A call, and how its caller stood when it made it. */
export interface CallMade {
  readonly call: string;
  readonly standing: Standing;
}

export class CallsUnderWay {
  /** By thread: the call that entered its second domain, its third, and so on, as far as that is known. */
  readonly #stacks = new Map<string, (CallMade | undefined)[]>();

  begin(): void {
    this.#stacks.clear();
  }

  /** A thread has entered a callee by this call, and is in so many domains now. */
  entered(thread: ThreadName, depth: number, made: CallMade): void {
    const stack = this.#stacks.get(threadText(thread)) ?? [];
    stack[depth - 2] = made;
    this.#stacks.set(threadText(thread), stack);
  }

  /** The call that was over for a thread that has now so many domains; undefined if another thread made it. */
  over(thread: ThreadName, depth: number): CallMade | undefined {
    return this.#stacks.get(threadText(thread))?.[depth - 1];
  }

  /** The call by which a thread with so many domains came to the innermost of them; undefined if nobody knows. */
  innermost(thread: ThreadName, depth: number): string | undefined {
    return this.#stacks.get(threadText(thread))?.[depth - 2]?.call;
  }

  /** A step is over: calls that are, are forgotten. */
  follow({ cvms }: SystemView): void {
    for (const { name, threads } of cvms) {
      for (const { thread, domains } of threads) {
        const stack = this.#stacks.get(threadText({ cvm: name, thread }));
        stack?.splice(Math.max(0, domains.length - 1));
      }
    }
  }
}
