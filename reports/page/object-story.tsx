import type { ToldObjectFinding } from "../page-data.ts";
import { Copy } from "./copy.tsx";
import { Replay } from "./replay.tsx";

/** A file on which the two verifiers do not agree: what each says, what is in it, and its bytes. */
export function ObjectStory({
  told: { file, record, listing, bytes },
}: {
  readonly told: ToldObjectFinding;
}) {
  const { signature, origin, expect, actual, isMinimal } = record;
  return (
    <>
      <h3>{signature}</h3>
      <p>
        A single-copy object of {bytes === null ? "unknown size" : `${bytes.length / 2} bytes`}
        {isMinimal ? "; nothing of it can be left out" : ""}. Seed {origin.seed}, file {origin.run}.
      </p>
      <Replay file={file} against={null} />
      <p>
        <Copy name="Copy as JSON" text={() => JSON.stringify(record, null, 2)} />{" "}
        {bytes === null ? null : <Copy name="Copy the bytes" text={() => bytes} />}
      </p>
      <div class="wide">
        <table class="sides">
          <caption>What the verifiers say of it</caption>
          <thead>
            <tr>
              <th scope="col">reference</th>
              <th scope="col">implementation</th>
            </tr>
          </thead>
          <tbody>
            <tr class="differs">
              <td>{answerText(expect)}</td>
              <td>≠ {answerText(actual)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      {listing === null ? (
        <p>No listing: its parts do not lie in the file.</p>
      ) : (
        <details open>
          <summary>What is in it</summary>
          <pre>{listing.join("\n")}</pre>
        </details>
      )}
      {bytes === null ? (
        <p>The file is not there.</p>
      ) : (
        <details>
          <summary>Its bytes</summary>
          <pre>{bytesText(bytes)}</pre>
        </details>
      )}
    </>
  );
}

function answerText(answer: number | string): string {
  if (typeof answer === "string") return answer;
  return answer === 0 ? "accepts" : `refuses: check ${answer}`;
}

/** Sixteen on a line, with the offset of the first. */
function bytesText(bytes: string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const pairs = bytes.slice(at, at + 32).replace(/../g, "$& ");
    lines.push(`${(at / 2).toString(16).padStart(4, "0")}  ${pairs.trimEnd()}`);
  }
  return lines.join("\n");
}
