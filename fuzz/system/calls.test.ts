import { beforeEach, describe, expect, test } from "vitest";
import {
  A,
  B,
  B1,
  BUFFER,
  begin,
  block,
  C,
  call,
  cvm,
  difference,
  enter,
  entry,
  FOREVER,
  happen,
  LEFT_IN_B,
  LEFT_IN_C,
  last,
  load,
  own,
  pass,
  REENTRANT,
  SERIAL,
  store,
  threadOf,
  to,
  woken,
} from "./told-calls.ts";

beforeEach(() => begin(REENTRANT));

describe("a call whose time is up", () => {
  beforeEach(() => {
    block(A, 7, 50);
    enter(A, to.b);
    store(A, BUFFER, 0x1111);
    expect(call(A, "cp_buffer_write", 0, own(BUFFER), 8)).toBe(8n);
  });

  test("gives the caller back, and the callee goes on without the buffer", () => {
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    expect(load(A, BUFFER)).toBe(0x1111n);
    expect(threadOf(LEFT_IN_B)).toMatchObject({ state: "ready", worker: true, domains: ["b"] });
    expect(call(LEFT_IN_B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(LEFT_IN_B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(difference()).toBeNull();
  });

  test("returns to nobody when it does", () => {
    pass(60);
    expect(call(LEFT_IN_B, "thread_exit", 1)).toBe("EPERM");
    expect(call(LEFT_IN_B, "cp_call_return", 99)).toBe(0n);
    expect(threadOf(LEFT_IN_B)?.state).toBe("dead");
    expect(call(A, "cp_call_return", 98)).toBe("EPERM");
    expect(difference()).toBeNull();
  });

  test("is over exactly then: not before, and not if it has returned", () => {
    expect(woken(pass(49))).toEqual([]);
    expect(call(A, "cp_call_return", 5)).toBe(5n);
    expect(woken(pass(100))).toEqual([]);
    expect(difference()).toBeNull();
  });

  test("leaves what the callee waits for to the callee", () => {
    expect(call(A, "sleep", 70)).toBe("blocked");
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    expect(threadOf(LEFT_IN_B)?.state).toBe("blocked");
    expect(woken(pass(20))).toEqual(["b.3 0"]);
    expect(difference()).toBeNull();
  });

  test("tells the callee that it has slept enough, and the caller that it has waited enough, in one step", () => {
    expect(call(A, "sleep", 20)).toBe("blocked");
    expect(woken(pass(60))).toEqual(["b.3 0", "a.0 ETIMEDOUT"]);
    expect(difference()).toBeNull();
  });

  test("ends for those who join it when it returns", () => {
    pass(60);
    expect(call(B, "thread_join", 3)).toBe("blocked");
    call(LEFT_IN_B, "cp_call_return", 42);
    expect(woken(last())).toEqual(["b.0 42"]);
    expect(difference()).toBeNull();
  });

  test("ends with its endpoint", () => {
    pass(60);
    call(B, "thread_create", entry, 0);
    expect(call(B, "thread_join", 3)).toBe("blocked");
    expect(call(LEFT_IN_B, "cp_call_unregister", to.b)).toBe("EBUSY");
    expect(call(B1, "cp_call_unregister", to.b)).toBe(0n);
    expect(woken(last())).toEqual(["b.0 0"]);
    expect(threadOf(LEFT_IN_B)?.state).toBe("dead");
    expect(difference()).toBeNull();
  });
});

describe("a chain of calls", () => {
  test("given up in the middle goes on above with its own callees, and comes back as far as it can", () => {
    block(A, 1, 50);
    enter(A, to.b);
    block(A, 2, FOREVER);
    enter(A, to.c);
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    expect(threadOf(LEFT_IN_B)?.domains).toEqual(["b", "c"]);
    // The buffer that c has is b's, which lives and waits.
    store(LEFT_IN_B, BUFFER, 0x2222);
    expect(call(LEFT_IN_B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe(8n);
    expect(call(LEFT_IN_B, "cp_call_return", 6)).toBe(6n);
    expect(load(LEFT_IN_B, BUFFER)).toBe(0x2222n);
    expect(call(LEFT_IN_B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(LEFT_IN_B, "cp_call_return", 7)).toBe(0n);
    expect(difference()).toBeNull();
  });

  test("whose times are all up comes apart into as many threads", () => {
    block(A, 1, 50);
    enter(A, to.b);
    block(A, 2, 50);
    enter(A, to.c);
    expect(woken(pass(50))).toEqual(["a.0 ETIMEDOUT", "b.3 ETIMEDOUT"]);
    expect(threadOf(LEFT_IN_C)).toMatchObject({ worker: true, domains: ["c"] });
    expect(difference()).toBeNull();
  });

  test("whose middle dies comes back below it, and goes on above it", () => {
    block(A, 1, FOREVER);
    enter(A, to.b);
    block(A, 2, FOREVER);
    enter(A, to.c);
    expect(woken(happen({ do: "kill", cvm: "b" }))).toEqual(["a.0 ECONNRESET"]);
    expect(threadOf(LEFT_IN_C)).toMatchObject({ worker: true, domains: ["c"] });
    expect(call(LEFT_IN_C, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(difference()).toBeNull();
  });

  test("from a to b to a: when a dies, b is told, and goes on for nobody", () => {
    block(A, 1, FOREVER, false);
    enter(A, to.b);
    block(A, 2, FOREVER, false);
    enter(A, to.a);
    expect(call(A, "exit", 0)).toBe(0n);
    expect(woken(last())).toEqual(["b.3 ECONNRESET"]);
    expect(call(LEFT_IN_B, "cp_call_return", 3)).toBe(0n);
    expect(difference()).toBeNull();
  });
});

describe("the death of a caller", () => {
  test("leaves the callee running, with nothing of whoever comes into the place", () => {
    block(A, 1, FOREVER);
    enter(A, to.b);
    expect(call(A, "sleep", 100)).toBe("blocked");
    expect(woken(happen({ do: "kill", cvm: "a" }))).toEqual([]);
    happen({ do: "reclaim", cvm: "a" });
    happen({ do: "create", cvm: cvm("new") });
    expect(woken(pass(100))).toEqual(["b.3 0"]);
    store(LEFT_IN_B, BUFFER, 0x3333);
    expect(call(LEFT_IN_B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(load({ cvm: "new", thread: 0 }, BUFFER)).toBe(0n);
    expect(call(LEFT_IN_B, "cp_call_return", 1)).toBe(0n);
    expect(difference()).toBeNull();
  });
});

describe("a serial endpoint", () => {
  test("is busy until the late return", () => {
    begin(SERIAL);
    block(A, 1, 50, false);
    enter(A, to.b);
    block(C, 2, FOREVER, false);
    expect(enter(C, to.b)).toBe("blocked");
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    call(LEFT_IN_B, "cp_call_return", 0);
    expect(woken(last())).toEqual(["c.0 2"]);
    expect(difference()).toBeNull();
  });
});
