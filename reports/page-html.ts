import type { PageData } from "./page-data.ts";

/** Program and style of the page, made by `bundlePage`. */
export interface Bundle {
  readonly script: string;
  readonly style: string;
}

/**
 * The page: one file that needs no other. Records may come from anywhere, so nothing in them is ever markup: they travel
 * as JSON in which no tag can begin or end, and a policy forbids everything but what is written here.
 */
export function pageHtml(data: PageData, { script, style }: Bundle): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<title>${markupOf(data.title)}</title>`,
    `<style>${style.replaceAll("</", "<\\/")}</style>`,
    "</head>",
    "<body>",
    '<div id="page"><p>This page needs JavaScript. Its data is in it as JSON.</p></div>',
    `<script type="application/json" id="data">${embedded(data)}</script>`,
    `<script>${script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** Nothing is fetched, and nothing is sent. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";

/** JSON that neither ends its element nor opens a comment, whatever strings are in it. */
export function embedded(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function markupOf(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}
