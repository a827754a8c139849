/** Numbers as text. */

/** A count in at most four characters and a unit: 999, 12k, 3.4M. */
export function compact(count: number): string {
  if (count < 1000) return String(Math.round(count * 10) / 10);
  const [unit, size] =
    count < 1e6 ? (["k", 1e3] as const) : count < 1e9 ? (["M", 1e6] as const) : (["G", 1e9] as const);
  const value = count / size;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `8.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The middle one, of an even number the lower of the two in the middle. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}
