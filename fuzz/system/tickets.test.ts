import { beforeEach, describe, expect, test } from "vitest";
import type { ThreadName } from "../../model/system-contract.ts";
import {
  A,
  B,
  B1,
  BLOCK,
  BUFFER,
  begin,
  block,
  C,
  call,
  difference,
  entry,
  FOREVER,
  happen,
  last,
  model,
  own,
  pass,
  REENTRANT,
  threadOf,
  to,
  woken,
} from "./told-calls.ts";

beforeEach(() => begin(REENTRANT));

describe("a ticket", () => {
  const order = (by: ThreadName, tag: number, timeout: bigint | number = FOREVER) => {
    block(by, tag, timeout);
    return call(by, "cp_call_async", to.b, own(BLOCK));
  };

  test("has the result of its own call, whatever the order in which results are asked for", () => {
    expect([order(A, 11), order(A, 12), order(C, 13)]).toEqual([1n, 2n, 1n]);
    for (const tag of [11n, 12n, 13n]) {
      expect(call(B, "cp_call_serve", 0)).toBe("entered");
      expect(last().outcome).toMatchObject({
        values: [tag, 0n, 0n, 0n, 0n, 0n, tag === 13n ? 0x1_0000_0002n : 0x1_0000_0000n, 64n],
      });
      expect(call(B, "cp_call_return", 100n + tag)).toBe(0n);
    }
    expect(call(B, "cp_call_serve", 0)).toBe("EAGAIN");
    expect(call(A, "cp_call_wait", 2, 0)).toBe(112n);
    expect(call(A, "cp_call_wait", 1, 0)).toBe(111n);
    expect(call(A, "cp_call_wait", 1, 0)).toBe("ENOENT");
    expect(call(C, "cp_call_wait", 2, 0)).toBe("ENOENT");
    expect(call(C, "cp_call_wait", 1, 0)).toBe(113n);
    expect(difference()).toBeNull();
  });

  test("is not done because it has begun, and has its buffer only while it is served", () => {
    order(A, 1);
    expect(call(A, "cp_call_wait", 1, 0)).toBe("ETIMEDOUT");
    call(B, "cp_call_serve", 0);
    expect(call(A, "cp_call_wait", 1, FOREVER)).toBe("blocked");
    expect(call(B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe(8n);
    call(B, "cp_call_return", 5);
    expect(last().woken).toEqual([{ thread: A, values: [5n, 1n, 0n] }]);
    expect(call(B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(difference()).toBeNull();
  });

  test("goes to one of those who wait for it", () => {
    order(A, 1);
    call(A, "thread_create", entry, 0);
    call(A, "cp_call_wait", 1, FOREVER);
    call({ cvm: "a", thread: 1 }, "cp_call_wait", 1, FOREVER);
    call(B, "cp_call_serve", 0);
    call(B, "cp_call_return", 9);
    expect(woken(last())).toEqual(["a.0 9", "a.1 ENOENT"]);
    expect(difference()).toBeNull();
  });

  test("times out in the queue and while it is served; then its server has no buffer, and serves on for nobody", () => {
    order(A, 1, 50);
    order(A, 2, 50);
    call(B, "cp_call_serve", 0);
    expect(call(A, "cp_call_wait", 1, FOREVER)).toBe("blocked");
    expect(last().outcome).toEqual({ kind: "blocked" });
    expect(woken(pass(50))).toEqual(["a.0 ETIMEDOUT"]);
    expect(call(A, "cp_call_wait", 2, 0)).toBe("ETIMEDOUT");
    expect(last().outcome).toMatchObject({ values: [expect.anything(), 1n, 0n] });
    expect(call(B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(B, "cp_call_return", 5)).toBe(0n);
    expect(threadOf(B)?.state).toBe("ready");
    expect(difference()).toBeNull();
  });

  test("is over with its endpoint, and its server is told", () => {
    order(A, 1);
    order(A, 2);
    call(B, "thread_create", entry, 0);
    call(B, "cp_call_serve", 0);
    expect(call(B1, "cp_call_unregister", to.b)).toBe(0n);
    expect(woken(last())).toEqual(["b.0 ECONNRESET"]);
    for (const number of [1, 2]) expect(call(A, "cp_call_wait", number, 0)).toBe("ECONNRESET");
    expect(order(A, 3)).toBe("ESTALE");
    expect(difference()).toBeNull();
  });

  test("is one of sixteen", () => {
    for (let index = 0; index < 16; index++) expect(order(A, index)).toBe(BigInt(index + 1));
    expect(order(A, 16)).toBe("EAGAIN");
    expect(order(C, 16)).toBe(1n);
    expect(difference()).toBeNull();
  });

  test("is not taken without time to wait if nobody serves at once", () => {
    expect(order(A, 1, 0)).toBe("EAGAIN");
    expect(call(B, "cp_call_serve", FOREVER)).toBe("blocked");
    expect(order(A, 2, 0)).toBe(1n);
    expect(woken(last())).toEqual(["b.0 2"]);
    expect(difference()).toBeNull();
  });

  test("dies with its owner, and its buffer with it", () => {
    order(A, 1);
    order(A, 2);
    call(B, "cp_call_serve", 0);
    happen({ do: "kill", cvm: "a" });
    expect(model.outline().tickets).toEqual([]);
    expect(call(B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(B, "cp_call_return", 5)).toBe(0n);
    expect(call(B, "cp_call_serve", 0)).toBe("EAGAIN");
    expect(difference()).toBeNull();
  });

  test("is reset when the callee dies, queued or served", () => {
    order(A, 1);
    order(A, 2);
    call(B, "cp_call_serve", 0);
    call(A, "cp_call_wait", 1, FOREVER);
    expect(woken(happen({ do: "kill", cvm: "b" }))).toEqual(["a.0 ECONNRESET"]);
    expect(call(A, "cp_call_wait", 2, 0)).toBe("ECONNRESET");
    expect(difference()).toBeNull();
  });
});
