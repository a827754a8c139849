/** What the samples that properties of capabilities draw must meet. */
import type { Contract } from "../fuzz/generate/contract.ts";
import { valueFrom } from "../fuzz/generate/value-contract.ts";
import type { Capability } from "../model/contract.ts";
import type { held, pattern } from "./capability-samples.ts";

export interface Samples {
  readonly held: typeof held;
  readonly pattern: typeof pattern;
}

export function sampleContracts({ held: owned, pattern: any }: Samples): Contract<readonly string[]>[] {
  const contract = (
    name: string,
    make: (seed: string) => Capability,
    isOwned: boolean,
    declared: readonly string[],
  ): Contract<readonly string[]> => ({
    name,
    make: (seed) => classesOf(make(seed)),
    flaw: (classes) => (classes.includes("tagged") === isOwned ? null : `is ${classes.join(", ")}`),
    declared,
    met: (classes) => classes,
  });
  return [
    contract("held capabilities", (seed) => valueFrom(owned, seed), true, [
      "tagged",
      "whole",
      "empty",
      "short",
      "long",
      "address inside",
      "address outside",
      "few permissions",
    ]),
    contract("patterns", (seed) => valueFrom(any, seed), false, [
      "sealed",
      "short",
      "long",
      "upside down",
      "address inside",
      "address outside",
      "reserved bits",
    ]),
  ];
}

function classesOf({ tag, base, top, address, perms, otype, reserved }: Capability): string[] {
  const length = top - base;
  return [
    `${tag ? "tagged" : "untagged"}`,
    ...(length === 2n ** 64n ? ["whole"] : []),
    ...(length === 0n ? ["empty"] : []),
    ...(length < 0n ? ["upside down"] : []),
    ...(length > 0n && length < 4096n ? ["short"] : []),
    ...(length >= 2n ** 32n ? ["long"] : []),
    address >= base && address < top ? "address inside" : "address outside",
    ...(perms.toString(2).replaceAll("0", "").length < 12 ? ["few permissions"] : []),
    ...(otype === 0x3ffffn ? [] : ["sealed"]),
    ...(reserved === 0n ? [] : ["reserved bits"]),
  ];
}
