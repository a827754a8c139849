import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const ROW_PX = 48;
/** Rows that are there beyond what is seen, above and below. */
const SPARE = 6;

/** A list of any length of which only what is seen exists. One row is chosen: by a click, or by the keys. */
export function VirtualList<Row>({
  name,
  rows,
  chosen,
  onChoose,
  show,
}: {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Index; -1 for none. */
  readonly chosen: number;
  readonly onChoose: (at: number) => void;
  readonly show: (row: Row) => ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const height = box.current?.clientHeight ?? 480;
  const first = Math.max(0, Math.floor(scrolled / ROW_PX) - SPARE);
  const end = Math.min(rows.length, Math.ceil((scrolled + height) / ROW_PX) + SPARE);

  useEffect(() => {
    const element = box.current;
    if (element === null || chosen < 0) return;
    const top = chosen * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_PX - element.clientHeight;
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / ROW_PX) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const move = moves[event.key];
    if (move === undefined || rows.length === 0) return;
    event.preventDefault();
    onChoose(Math.max(0, Math.min(rows.length - 1, chosen + move)));
  };

  return (
    <div
      ref={box}
      class="list"
      role="listbox"
      tabIndex={0}
      aria-label={name}
      aria-activedescendant={chosen >= 0 ? `row-${chosen}` : undefined}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: `${rows.length * ROW_PX}px` }}>
        {rows.slice(first, end).map((row, index) => {
          const at = first + index;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are those of the list.
            // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names its active row.
            <div
              key={at}
              id={`row-${at}`}
              class="row"
              role="option"
              aria-selected={at === chosen}
              aria-posinset={at + 1}
              aria-setsize={rows.length}
              style={{ top: `${at * ROW_PX}px`, height: `${ROW_PX}px` }}
              onClick={() => onChoose(at)}
            >
              {show(row)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
