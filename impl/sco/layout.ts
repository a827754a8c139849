/**
 * Where the Intravisor keeps what it knows of objects, all of it in pages of its own that no guest reaches: one for each
 * object, one for each cVM that has bound any (and another if it has any in library mode), one for each thread that has
 * called any.
 */

/** The page of an object: how many exports it has, and each as a capability to its code, at its entry. */
export const record = { count: 0, entries: 16 } as const;

/** The page of a cVM: its CLS table, then a descriptor for each number of an object. */
export const TABLE_BYTES = 1024;
export const DESCRIPTOR_BYTES = 48;
/**
 * What a sealed data half leads to: the page of the object, the CLS table, whose it is, and as integer 1 if the object
 * runs in that domain itself (library mode). Behind the table there is what the domain has for its data then.
 */
export const descriptor = { record: 0, table: 16, domain: 32, isLibrary: 40 } as const;

/** The page of a cVM for library mode: a CLS table with those bindings alone, then the DDC of its first thread. */
export const LIBRARY_DATA_AT = 1024;

/** The page of a thread: what follows, then the trusted object stack, then the stack that objects have. */
export const page = { next: 0, limit: 8, top: 16, stack: 24 } as const;
export const FRAMES_AT = 64;
export const OBJECT_FRAMES_MAX = 8;
export const FRAME_BYTES = 288;
export const STACK_BYTES = 1024;
export const STACK_AT = 4096 - STACK_BYTES;

/**
 * Offsets in a frame: what the caller finds again, then where the callee came in. A client's are integers, and then its
 * DDC, and the buffer that it serves itself; an object's are capabilities.
 */
export const frame = {
  /** Of a client only; an object has it among what is kept. */
  buffer: 128,
  ddc: 240,
  /** Bit 0: an object called. Bit 1: the Intravisor has seen this call before. */
  kind: 256,
  /** Address of the descriptor of the object called. */
  descriptor: 264,
  /** Address behind the stack that the object called was given. */
  top: 272,
} as const;
