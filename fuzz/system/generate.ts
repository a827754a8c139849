/**
 * Makes scripts: honest use of what the system offers, mixed with calls that nobody should make. It looks at a reference
 * of the system as it goes, so that most steps are taken by threads that can act, on things that exist.
 */
import type {
  Action,
  CvmDescription,
  Step,
  StepReport,
  SystemScript,
  SystemUnderTest,
  SystemView,
  ThreadName,
  Value,
} from "../../model/system-contract.ts";
import type { Random } from "../generate/random.ts";

const NAMES = ["a", "b", "c", "d"];
const SIZES = [0x8000, 0x10000, 0x20000, 0x9000];
const CODE_SIZE = 0x4000;
const KEYS = 4;
/** Where in its data part each cVM keeps keys, an access list, a call block, and buffers. */
const KEYS_AT = 0x40;
const ACL_AT = 0x80;
const BLOCK_AT = 0x100;
const BUFFERS_AT = 0x200;
const BUFFERS_SIZE = 0x800;
const LENGTHS = [0, 1, 7, 8, 15, 16, 17, 63, 64, 65, 100, 255, 256, 1000, 4095, 4096, 4097];
const ODD_NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  63n,
  64n,
  0xffffn,
  1n << 31n,
  1n << 47n,
  (1n << 47n) + 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];

/** Makes scripts of so many steps, each from the reset of the reference. */
export class ScriptSource {
  readonly #random: Random;
  readonly #model: SystemUnderTest;
  #view!: SystemView;
  #steps: Step[] = [];
  #reports: StepReport[] = [];
  /** Steps that gave a handle, by cVM. */
  #handles = new Map<string, number[]>();
  /** Steps in which a cVM asked who it is. */
  #identities = new Map<string, number>();

  constructor(random: Random, model: SystemUnderTest) {
    this.#random = random;
    this.#model = model;
  }

  script(stepsMax: number): SystemScript {
    this.#begin();
    const cvms = NAMES.slice(0, 2 + this.#random.below(2)).map((name) => this.#description(name));
    for (const cvm of cvms) this.#take({ by: null, event: { do: "create", cvm } });
    for (const { name } of cvms) this.#prepare(name);
    while (this.#steps.length < stepsMax) this.#phrase();
    const steps = this.#steps.slice(cvms.length);
    return { format: "capwright-script", version: 1, level: "system", cvms, steps, schedule: [] };
  }

  #begin(): void {
    this.#model.reset();
    this.#steps = [];
    this.#reports = [];
    this.#handles = new Map();
    this.#identities = new Map();
    this.#view = this.#model.view();
  }

  #take(step: Step): StepReport {
    const report = this.#model.step(step, this.#reports);
    this.#steps.push(step);
    this.#reports.push(report);
    this.#view = this.#model.view();
    return report;
  }

  #act(by: ThreadName, action: Action): StepReport {
    return this.#take({ by, action });
  }

  /** Keys, an access list with everybody on it, and who it is. */
  #prepare(name: string): void {
    const by = { cvm: name, thread: 0 };
    for (let key = 0; key < KEYS; key++) {
      this.#act(by, {
        do: "store",
        address: here(KEYS_AT + 8 * key),
        size: 8,
        value: constant(0x6b6579n + BigInt(key)),
      });
    }
    this.#identities.set(name, this.#steps.length);
    this.#call(by, "thread_self");
    for (const [at, step] of [...this.#identities.values()].entries()) {
      const value: Value = { kind: "result", step, index: 1 };
      this.#act(by, { do: "store", address: here(ACL_AT + 8 * at), size: 8, value });
    }
  }

  #call(by: ThreadName, call: string, ...args: Value[]): StepReport {
    return this.#act(by, { do: "call", call, args });
  }

  #phrase(): unknown {
    const { below, by } = { below: (count: number) => this.#random.below(count), by: this.#actor() };
    if (by === null || below(24) === 0) return this.#event();
    const phrases = [
      () => this.#file(by),
      () => this.#file(by),
      () => this.#crossing(by),
      () => this.#crossing(by),
      () => this.#memory(by),
      () => this.#threads(by),
      () => this.#hostile(by),
    ];
    phrases[below(phrases.length)]!();
  }

  /** A thread that can act; now and then one that cannot. */
  #actor(): ThreadName | null {
    const random = this.#random;
    const threads = this.#view.cvms.flatMap((cvm) =>
      cvm.threads.map(({ thread, state }) => ({
        cvm: cvm.name,
        thread,
        isReady: state === "ready" && cvm.state === "running",
      })),
    );
    const ready = threads.filter(({ isReady }) => isReady);
    const from = ready.length === 0 || random.below(40) === 0 ? threads : ready;
    if (from.length === 0) return null;
    const { cvm, thread } = random.pick(from);
    return { cvm, thread };
  }

  /** The cVM in whose domain a thread is. */
  #domain({ cvm, thread }: ThreadName): string {
    const threads = this.#view.cvms.find(({ name }) => name === cvm)?.threads;
    return threads?.[thread]?.domains.at(-1) ?? cvm;
  }

  #file(by: ThreadName): unknown {
    const random = this.#random;
    const handle = this.#handle(by);
    const key = [here(KEYS_AT + 8 * random.below(KEYS)), constant(3n)];
    switch (random.below(10)) {
      case 0: {
        const rights = constant(random.odds(1, 8) ? random.pick(ODD_NUMBERS) : BigInt(1 + random.below(3)));
        const args = [
          ...key,
          this.#buffer(),
          this.#length(),
          rights,
          here(ACL_AT),
          constant(BigInt(random.below(4))),
        ];
        return this.#opening(by, "cp_file_advertise", ...args);
      }
      case 1:
        return this.#opening(by, "cp_file_probe", ...key, constant(BigInt(1 + random.below(3))));
      case 2:
      case 3:
        return this.#call(by, "cp_file_pread", handle, this.#length(), this.#buffer(), this.#length());
      case 4:
      case 5:
        return this.#call(by, "cp_file_pwrite", handle, this.#length(), this.#buffer(), this.#length());
      case 6:
        return this.#call(by, "cp_file_lseek", handle, this.#odd(), constant(BigInt(random.below(4))));
      case 7:
        return this.#call(by, "cp_file_notify", handle);
      case 8:
        return this.#call(by, "cp_file_wait", handle, constant(BigInt(random.below(3))), this.#timeout());
      default:
        return this.#call(by, random.odds(1, 2) ? "cp_file_close" : "cp_file_revoke", handle);
    }
  }

  #crossing(by: ThreadName): unknown {
    const random = this.#random;
    const handle = this.#handle(by);
    const key = [here(KEYS_AT + 8 * random.below(KEYS)), constant(3n)];
    const offset = () => constant(BigInt(random.pick(LENGTHS)));
    switch (random.below(9)) {
      case 0: {
        const entry: Value = {
          kind: "at",
          cvm: null,
          part: "code",
          offset: BigInt(0x1000 + 2 * random.below(8)),
        };
        const mode = constant(random.pick([0n, 0n, 2n, 2n, 0x101n, 0x201n, 1n, 3n]));
        return this.#opening(
          by,
          "cp_call_register",
          ...key,
          entry,
          constant(4096n),
          mode,
          here(ACL_AT),
          constant(BigInt(random.below(4))),
        );
      }
      case 1:
        return this.#opening(by, "cp_call_open", ...key);
      case 2:
      case 3:
      case 4:
        this.#block(by);
        return this.#call(by, "cp_call", handle, here(BLOCK_AT));
      case 5:
        return this.#call(by, "cp_call_return", this.#odd());
      case 6:
        return this.#call(by, "cp_buffer_read", offset(), this.#buffer(), this.#length());
      case 7:
        return this.#call(by, "cp_buffer_write", offset(), this.#buffer(), this.#length());
      default:
        return this.#call(by, random.odds(1, 2) ? "cp_call_close" : "cp_call_unregister", handle);
    }
  }

  /** Fills the block of a call: two of the integers, the buffer and the timeout. */
  #block(by: ThreadName): void {
    const random = this.#random;
    const put = (word: number, value: Value) =>
      this.#act(by, { do: "store", address: here(BLOCK_AT + 8 * word), size: 8, value });
    put(random.below(6), this.#odd());
    const hasBuffer = random.odds(2, 3);
    put(6, this.#buffer());
    put(7, hasBuffer ? this.#length() : constant(0n));
    put(8, constant(hasBuffer ? BigInt(1 + random.below(3)) : random.odds(1, 8) ? 2n : 0n));
    put(9, this.#timeout());
  }

  #memory(by: ThreadName): unknown {
    const random = this.#random;
    const size = random.pick([1, 2, 4, 8] as const);
    switch (random.below(5)) {
      case 0:
        return this.#act(by, {
          do: "fill",
          address: this.#buffer(),
          length: random.below(300),
          seed: random.below(100),
        });
      case 1:
        return this.#act(by, { do: "store", address: this.#address(), size, value: this.#odd() });
      case 2:
        return this.#act(by, {
          do: "narrow",
          address: this.#buffer(),
          length: random.odds(1, 2) ? constant(0x2000n) : this.#length(),
        });
      default:
        return this.#act(by, { do: "load", address: this.#address(), size });
    }
  }

  #threads(by: ThreadName): unknown {
    const random = this.#random;
    const small = constant(BigInt(random.below(4)));
    const word = here(BUFFERS_AT + 8 * random.below(4));
    switch (random.below(9)) {
      case 0: {
        const entry: Value = {
          kind: "at",
          cvm: null,
          part: "code",
          offset: BigInt(random.pick([0x1000, 0x1002, 0x1001, 0x4000])),
        };
        return this.#call(by, "thread_create", entry, small);
      }
      case 1:
        return this.#call(by, "thread_join", small);
      case 2:
        return this.#call(by, "thread_exit", small);
      case 3:
        return this.#call(by, "futex_wait", word, random.odds(1, 2) ? constant(0n) : small, this.#timeout());
      case 4:
        return this.#call(by, "futex_wake", word, small);
      case 5:
        return this.#call(by, "sleep", this.#timeout());
      case 6:
        return this.#call(by, "timer_arm", this.#timeout());
      case 7:
        return this.#call(by, "console_write", this.#address(), this.#length());
      default:
        return this.#call(by, random.odds(1, 12) ? "exit" : "time");
    }
  }

  /** A call with arguments that mean nothing to anybody. */
  #hostile(by: ThreadName): void {
    const random = this.#random;
    const args = Array.from({ length: 8 }, () => (random.odds(1, 2) ? this.#odd() : this.#address()));
    const number = random.odds(1, 8) ? random.pick(ODD_NUMBERS) : BigInt(random.below(50));
    // The end of a cVM is an event of its own.
    if (number !== 16n) this.#act(by, { do: "call-number", number, args });
  }

  #event(): unknown {
    const random = this.#random;
    const name = random.pick(NAMES);
    switch (random.below(8)) {
      case 0:
        return this.#take({ by: null, event: { do: "kill", cvm: name } });
      case 1:
        return this.#take({ by: null, event: { do: "reclaim", cvm: name } });
      case 2:
      case 3: {
        this.#take({ by: null, event: { do: "create", cvm: this.#description(name) } });
        const made = this.#view.cvms.find((cvm) => cvm.name === name && cvm.state === "running");
        if (made !== undefined && !this.#identities.has(name)) this.#prepare(name);
        return made;
      }
      default:
        return this.#take({
          by: null,
          event: { do: "advance", ns: BigInt(random.pick([1, 10, 100, 1000])) },
        });
    }
  }

  /** A call that gives a handle if all goes well. */
  #opening(by: ThreadName, call: string, ...args: Value[]): unknown {
    const domain = this.#domain(by);
    const step = this.#steps.length;
    const { outcome } = this.#call(by, call, ...args);
    if (outcome.kind !== "returned" || outcome.values[0] >= 1n << 63n) return outcome;
    return this.#handles.set(domain, [...(this.#handles.get(domain) ?? []), step]);
  }

  /** A handle of the domain the thread is in, most often the one it got last; now and then anything. */
  #handle(by: ThreadName): Value {
    const random = this.#random;
    const own = this.#handles.get(this.#domain(by)) ?? [];
    if (own.length === 0 || random.odds(1, 16)) return this.#odd();
    const step = random.odds(1, 2) ? own.at(-1)! : random.pick(own);
    return { kind: "result", step, index: 0 };
  }

  #description(name: string): CvmDescription {
    const random = this.#random;
    const others = this.#view.cvms.filter((cvm) => cvm.state === "running");
    const isInner = others.length > 0 && random.odds(1, 6);
    const parent = isInner
      ? { cvm: random.pick(others).name, at: random.pick([0x1000, 0x2000, 0x4000, 0x1001]) }
      : null;
    return {
      name,
      size: isInner ? CODE_SIZE + 0x4000 : random.pick(SIZES) + CODE_SIZE,
      codeSize: CODE_SIZE,
      image: "",
      parent,
      quotas: {
        threads: 1 + random.below(3),
        handles: random.pick([2, 8, 16]),
        grants: 1 + random.below(3),
        endpoints: 2,
        timers: 1,
      },
    };
  }

  #buffer(): Value {
    const random = this.#random;
    return random.odds(1, 10) ? this.#address() : here(BUFFERS_AT + random.edge(BUFFERS_SIZE));
  }

  /** An address near an edge of something, of one's own or of another. */
  #address(): Value {
    const random = this.#random;
    if (random.odds(1, 10)) return this.#odd();
    const cvm = random.odds(1, 2) || this.#view.cvms.length === 0 ? null : random.pick(this.#view.cvms);
    const size = BigInt(cvm === null ? 0x8000 : cvm.size - cvm.codeSize);
    const edge = random.pick([0n, 0n, size, BigInt(BUFFERS_AT)]);
    const offset = edge + BigInt(random.pick([0, 1, -1, 8, -8, -7, 16, -16, -4096, 4096]));
    return { kind: "at", cvm: cvm?.name ?? null, part: "data", offset };
  }

  #length(): Value {
    const random = this.#random;
    return random.odds(1, 12) ? this.#odd() : constant(BigInt(random.pick(LENGTHS)));
  }

  #timeout(): Value {
    return constant(this.#random.pick([0n, 1n, 50n, 1000n, 1000n, (1n << 64n) - 1n]));
  }

  #odd(): Value {
    const random = this.#random;
    return constant(random.odds(1, 2) ? random.pick(ODD_NUMBERS) : BigInt(random.next()));
  }
}

function constant(value: bigint): Value {
  return { kind: "number", value };
}

function here(offset: number): Value {
  return { kind: "at", cvm: null, part: "data", offset: BigInt(offset) };
}
