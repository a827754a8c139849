/** What a replay concludes, and the text that says why. */
export interface Conclusion {
  readonly verdict: "holds" | "broken" | "unknown";
  /** Whole lines, without the last line feed. */
  readonly text: string;
}
