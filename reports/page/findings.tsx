import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageData, ToldFinding, ToldObjectFinding, ToldSystemFinding } from "../page-data.ts";
import { isTyping } from "./keys.ts";
import { MachineStory } from "./machine-story.tsx";
import { ObjectStory } from "./object-story.tsx";
import { SystemStory } from "./system-story.tsx";
import { VirtualList } from "./virtual-list.tsx";

type Found =
  | { readonly level: "machine"; readonly told: ToldFinding }
  | { readonly level: "system"; readonly told: ToldSystemFinding }
  | { readonly level: "object"; readonly told: ToldObjectFinding };

/** All findings as a list, and the chosen one as a whole beside it. */
export function Findings({ data }: { readonly data: PageData }) {
  const all = useMemo(
    (): Found[] => [
      ...data.findings.map((told) => ({ level: "machine", told }) as const),
      ...data.systemFindings.map((told) => ({ level: "system", told }) as const),
      ...data.objectFindings.map((told) => ({ level: "object", told }) as const),
    ],
    [data],
  );
  const [filter, setFilter] = useState("");
  const [chosen, setChosen] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const texts = useMemo(() => all.map((found) => searchText(found)), [all]);
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/);
    return all.filter((_, at) => words.every((word) => texts[at]!.includes(word)));
  }, [all, texts, filter]);
  const at = Math.min(chosen, shown.length - 1);
  const found = shown[at];

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      if (event.key === "/") {
        event.preventDefault();
        input.current?.focus();
      }
      if (event.key === "j") setChosen(Math.min(at + 1, shown.length - 1));
      if (event.key === "k") setChosen(Math.max(at - 1, 0));
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [at, shown.length]);

  return (
    <div class="findings">
      <div class="finder">
        <label>
          Filter{" "}
          <input
            ref={input}
            type="search"
            value={filter}
            onInput={(event) => {
              setFilter(event.currentTarget.value);
              setChosen(0);
            }}
          />
        </label>{" "}
        <span role="status">
          {shown.length} of {all.length} findings
        </span>
        <VirtualList
          name="Findings"
          rows={shown}
          chosen={at}
          onChoose={setChosen}
          show={(one) => (
            <>
              <b>{one.told.record.signature}</b>
              <small>{outlineOf(one)}</small>
            </>
          )}
        />
      </div>
      <article aria-live="polite">{found === undefined ? <p>No finding.</p> : storyOf(found)}</article>
    </div>
  );
}

function storyOf(found: Found) {
  const { file } = found.told;
  switch (found.level) {
    case "machine":
      return <MachineStory key={file} told={found.told} />;
    case "system":
      return <SystemStory key={file} told={found.told} />;
    case "object":
      return <ObjectStory key={file} told={found.told} />;
  }
}

function outlineOf({ level, told }: Found): string {
  if (level === "system") return `cVMs, ${told.steps.length} steps`;
  if (level === "object") return `object file, ${sizeText(told)}`;
  const { oracle, program, faults } = told.record;
  const planted = faults.length === 0 ? "" : `, planted ${faults.join(", ")}`;
  return `oracle ${oracle}, ${program.words.length} words${planted}`;
}

function sizeText({ bytes }: ToldObjectFinding): string {
  return bytes === null ? "not there" : `${bytes.length / 2} bytes`;
}

function searchText(found: Found): string {
  return `${found.told.record.signature} ${outlineOf(found)} ${found.told.file}`.toLowerCase();
}
