import { Copy } from "./copy.tsx";

/** The command that shows a finding again. */
export function Replay({ file, against }: { readonly file: string; readonly against: string | null }) {
  const command = replayCommand(file, against);
  return (
    <p class="replay">
      <code>{command}</code> <Copy name="Copy the command" text={() => command} />
    </p>
  );
}

export function replayCommand(file: string, against: string | null): string {
  const more = against === null ? [] : ["--against", quoted(against)];
  return ["npx capwright replay", quoted(file), ...more].join(" ");
}

/** As a shell reads it: names of files may hold anything. */
function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
