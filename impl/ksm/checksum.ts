import type { Memory } from "./memory.ts";

/** 32 bits of a page's bytes and tags, of which as many are kept as the mask has. Hot. */
export function checksum(memory: Memory, frame: number, mask: number): number {
  const { words, wordsPerPage, tagWords, tagWordsPerPage } = memory;
  let sum = 0x9e3779b9 | 0;
  let at = frame * wordsPerPage;
  for (const top = at + wordsPerPage; at < top; at++) {
    sum = Math.imul(sum ^ words[at]!, 0x85ebca6b);
    sum ^= sum >>> 15;
  }
  at = frame * tagWordsPerPage;
  for (const top = at + tagWordsPerPage; at < top; at++) {
    sum = Math.imul(sum ^ tagWords[at]!, 0xc2b2ae35);
    sum ^= sum >>> 13;
  }
  return sum & mask;
}
