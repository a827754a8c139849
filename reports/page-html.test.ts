import { describe, expect, test } from "vitest";
import type { PageData } from "./page-data.ts";
import { embedded, pageHtml } from "./page-html.ts";

const empty: PageData = {
  title: "report",
  campaigns: [],
  systems: [],
  objects: [],
  findings: [],
  systemFindings: [],
  objectFindings: [],
  laws: [],
  zoos: [],
  cvmRuns: [],
  densities: [],
  mutations: [],
  coverages: [],
  comparison: null,
};

const hostile = [
  "</script><script>hacked = 1</script>",
  "<!--<script>",
  "]]>",
  "&lt;/script&gt;",
  "\u2028\u2029",
  "</ScRiPt >",
  '"\\"\u0000',
];

describe("what is embedded", () => {
  test.each(hostile)("%j comes back as it was, and holds no markup", (text) => {
    const json = embedded({ [text]: text });
    expect(JSON.parse(json)).toEqual({ [text]: text });
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  });
});

describe("the page", () => {
  const html = (data: PageData) =>
    pageHtml(data, { script: "run('</script>', '<!--')", style: "a::after { content: '</style>' }" });

  test("has as many elements with hostile titles and data as without", () => {
    const count = (text: string) => text.match(/<[!/a-z]/gi)!.length;
    for (const text of hostile) {
      const changes = [{ kind: "better", what: text, before: text, after: text }] as const;
      const page = html({ ...empty, title: text, comparison: { before: text, after: text, changes } });
      expect(count(page)).toBe(count(html(empty)));
    }
  });

  test("neither script nor style end before they are over", () => {
    const page = html(empty);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page.match(/<\/style/g)).toHaveLength(1);
    expect(page).not.toContain("<!--");
  });

  test("may fetch nothing, and names no address", () => {
    expect(html(empty)).toContain("default-src 'none'");
    expect(html(empty)).not.toMatch(/https?:/);
  });
});
