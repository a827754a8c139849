/**
 * SHA-256 (FIPS 180-4): the identity of an object (I-107). Names as in the standard; words are 32-bit numbers.
 */

const BLOCK = 64;

/** The first 32 bits of the fractional part of a root of each of the first primes. */
function fractionsOf(root: (prime: number) => number, count: number): Int32Array {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return Int32Array.from(primes, (prime) => Math.floor((root(prime) % 1) * 2 ** 32) | 0);
}

/** Initial hash value: of square roots. */
const initial = fractionsOf(Math.sqrt, 8);
/** Constants K: of cube roots. */
const constants = fractionsOf(Math.cbrt, 64);

/** The digest of a message, 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const padded = pad(message);
  const view = new DataView(padded.buffer);
  const hash = initial.slice();
  const schedule = new Int32Array(64);
  for (let block = 0; block < padded.length; block += BLOCK) {
    for (let t = 0; t < 16; t++) schedule[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const near = schedule[t - 2]!;
      const far = schedule[t - 15]!;
      schedule[t] = smallSigma1(near) + schedule[t - 7]! + smallSigma0(far) + schedule[t - 16]!;
    }
    compress(hash, schedule);
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (const [index, word] of hash.entries()) digest.setInt32(4 * index, word);
  return new Uint8Array(digest.buffer);
}

/** The message, a one bit, zeros, and its length in bits as 64 bits: whole blocks. */
function pad(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, 8n * BigInt(message.length));
  return padded;
}

function compress(hash: Int32Array, schedule: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = hash as unknown as Words;
  for (let t = 0; t < 64; t++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const t1 = (h + bigSigma1(e) + choice + constants[t]! + schedule[t]!) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + bigSigma0(b) + majority) | 0;
  }
  const work: Words = [a, b, c, d, e, f, g, h];
  for (let index = 0; index < hash.length; index++) hash[index]! += work[index]!;
}

type Words = readonly [number, number, number, number, number, number, number, number];

const bigSigma0 = (x: number) => rotate(x, 2) ^ rotate(x, 13) ^ rotate(x, 22);
const bigSigma1 = (x: number) => rotate(x, 6) ^ rotate(x, 11) ^ rotate(x, 25);
const smallSigma0 = (x: number) => rotate(x, 7) ^ rotate(x, 18) ^ shift(x, 3);
const smallSigma1 = (x: number) => rotate(x, 17) ^ rotate(x, 19) ^ shift(x, 10);

function rotate(x: number, by: number): number {
  return shift(x, by) | (x << (32 - by));
}

/** To the right, with zeros from the left: SHR of the standard. */
function shift(x: number, by: number): number {
  return (x >> by) & ((1 << (32 - by)) - 1);
}
