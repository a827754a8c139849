import { useState } from "preact/hooks";

/** Copies a text, which is made when it is asked for. */
export function Copy({ name, text }: { readonly name: string; readonly text: () => string }) {
  const [state, setState] = useState("");
  const copy = () => {
    write(text()).then(
      () => setState("copied"),
      () => setState("cannot be copied"),
    );
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {name}
      </button>{" "}
      <span role="status">{state}</span>
    </>
  );
}

/** A page that was opened from a file may have no clipboard of its own. */
async function write(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    // The only way there is in such a page.
    const isCopied = document.execCommand("copy");
    area.remove();
    if (!isCopied) throw new Error("no clipboard");
  }
}
