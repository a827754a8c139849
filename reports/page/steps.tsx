import { useEffect, useRef } from "preact/hooks";
import { isTyping } from "./keys.ts";

/** Steps as a list of which one is looked at: by a click, by the buttons, by the arrow keys. */
export function Steps({
  lines,
  at,
  bad,
  onStep,
}: {
  readonly lines: readonly string[];
  readonly at: number;
  /** The step in question; null if it is the end. */
  readonly bad: number | null;
  readonly onStep: (at: number) => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const last = lines.length - 1;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      if (event.key === "ArrowRight") onStep(Math.min(at + 1, last));
      if (event.key === "ArrowLeft") onStep(Math.max(at - 1, 0));
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [at, last, onStep]);
  useEffect(() => {
    const line = list.current?.children[at];
    const box = list.current;
    if (!(line instanceof HTMLElement) || box === null) return;
    if (line.offsetTop < box.scrollTop) box.scrollTop = line.offsetTop;
    const under = line.offsetTop + line.offsetHeight - box.clientHeight;
    if (under > box.scrollTop) box.scrollTop = under;
  }, [at]);
  return (
    <>
      <p class="stepper">
        <button type="button" disabled={at <= 0} onClick={() => onStep(at - 1)}>
          ← before
        </button>{" "}
        step {at} of 0 to {last}{" "}
        <button type="button" disabled={at >= last} onClick={() => onStep(at + 1)}>
          after →
        </button>{" "}
        {bad === null || bad === at ? null : (
          <button type="button" onClick={() => onStep(bad)}>
            to step {bad}, where it goes wrong
          </button>
        )}
      </p>
      <ol class="steps" start={0} ref={list}>
        {lines.map((line, index) => (
          <li key={index} class={index === bad ? "bad" : ""} aria-current={index === at ? "step" : undefined}>
            <button type="button" onClick={() => onStep(index)}>
              {index === bad ? "✗ " : ""}
              {line}
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
