/**
 * The page in a real browser, opened from a file: `npm run test:browser`. It takes the system's Chromium; where there is
 * none the tests are skipped. Screenshots are left in out/.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gather } from "../fuzz/report/gather.ts";
import { bundlePage } from "./bundle.ts";
import { compareRecords } from "./comparison.ts";
import type { PageData } from "./page-data.ts";
import { pageHtml } from "./page-html.ts";

const isWanted = process.env["CAPWRIGHT_BROWSER"] !== undefined;
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const program = places.find((path) => existsSync(path));
if (isWanted && program === undefined) {
  console.warn(`skipped: no browser at ${places.join(", ")}; on Debian: apt-get install chromium`);
}

const screenshots = "out";
const FINDINGS = 5000;

let [folder, script, style] = ["", "", ""];
let browser: Browser | null = null;
const faults: string[] = [];

beforeAll(async () => {
  if (!isWanted || program === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "capwright-page-"));
  mkdirSync(screenshots, { recursive: true });
  ({ script, style } = await bundlePage());
  browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  if (folder !== "") rmSync(folder, { recursive: true });
});

function sampleData(): PageData {
  const gathered = gather(["reports/samples"], "report.html");
  const changes = compareRecords({ ...gathered, findings: [] }, { ...gathered, systems: [] });
  const comparison = { before: "old", after: "new", changes };
  const scores = {
    file: "scores.json",
    link: "scores.html",
    rows: [{ name: "model", good: 9, total: 10, note: "" }],
  };
  const series = [
    { name: "shared", points: [[1, 10] as [number, number], [2, 11] as [number, number]] },
    { name: "alone", points: [[1, 10] as [number, number], [2, 20] as [number, number]] },
  ];
  const density = {
    format: "capwright-density",
    version: 1,
    title: "Services",
    x: "instances",
    y: "bytes",
    series,
  };
  return {
    title: "capwright: samples",
    ...gathered,
    mutations: [scores],
    coverages: [{ ...scores, link: null }],
    densities: [{ file: "density.json", record: density as PageData["densities"][number]["record"] }],
    comparison,
  };
}

interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
}

/** The page of this data; whatever it complains of is kept in `faults`. */
async function open(
  data: PageData,
  { width = 1300, height = 900, isDark = false }: Look = {},
): Promise<Page> {
  const path = join(folder, "report.html");
  writeFileSync(path, pageHtml(data, { script, style }));
  faults.length = 0;
  const context = await browser!.newContext({
    viewport: { width, height },
    colorScheme: isDark ? "dark" : "light",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) faults.push(`asked for ${request.url()}`);
  });
  await page.goto(`file://${path}`);
  await page.locator("main section").first().waitFor();
  return page;
}

describe.skipIf(!isWanted || program === undefined)("the page", () => {
  test("begins with the verdict, and has a section for all that there is", async () => {
    const page = await open(sampleData());
    const titles = await page.locator("main h2").allInnerTexts();
    expect(titles.map((title) => title.trim())).toEqual([
      "Verdict ✗ broken",
      "Changes",
      "What was run",
      "Never reached",
      "Findings",
      "Reach over time",
      "Instructions and outcomes",
      "Calls and outcomes",
      "Rules",
      "Planted faults",
      "Runs of cVMs",
      "Mutation testing",
      "Coverage",
      "Density",
    ]);
    expect(await page.locator(".plot canvas").count()).toBe(3);
    expect(await page.locator("#mutation a").getAttribute("href")).toBe("scores.html");
    expect(await page.locator("#coverage a").count()).toBe(0);
    await page.screenshot({ path: join(screenshots, "report.png") });
    expect(faults).toEqual([]);
  });

  test("shows a finding on both machines, what was gained, and its steps by keys", async () => {
    // High enough that the bar which stays in view lies over nothing of the picture.
    const page = await open(sampleData(), { width: 1500, height: 1500 });
    const story = page.locator("#findings article");
    await story.getByText("≠ register", { exact: true }).waitFor();
    expect(await story.locator(".gained").first().textContent()).toBe("+G");
    expect(await story.locator("strong.gained").first().textContent()).toContain("+ gained: its tag");
    expect(await story.locator(".range-gained").count()).toBe(1);
    await story.screenshot({ path: join(screenshots, "report-finding.png") });
    await page.keyboard.press("ArrowLeft");
    await story.getByText("step 0 of 0 to 1").waitFor();
    expect(await story.locator(".differs").count()).toBe(0);
    await page.keyboard.press("j");
    await story.getByText("breaks rule").first().waitFor();
    expect(await story.locator("h3").textContent()).toContain("store_cap_reg");
    await page.keyboard.press("k");
    await story.getByText("csetboundsimm: register.value.tag", { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test("copies the command, the trace and the finding", async () => {
    const page = await open(sampleData());
    const copied = async (name: string) => {
      await page.getByRole("button", { name }).click();
      await page.getByText("copied").first().waitFor();
      return String(await page.evaluate("navigator.clipboard.readText()"));
    };
    expect(await copied("Copy the command")).toBe(
      "npx capwright replay reports/samples/planted/csetboundsimm.json",
    );
    await page.reload();
    expect(await copied("Copy as TestRIG trace")).toMatch(/^#>QCVENGINE_TEST_V2\.0\n\.4byte 0x0000a0db/);
    await page.reload();
    const sample = readFileSync("reports/samples/planted/csetboundsimm.json", "utf8");
    expect(JSON.parse(await copied("Copy as JSON"))).toEqual(JSON.parse(sample));
    expect(faults).toEqual([]);
  });

  test("shows two worlds side by side", async () => {
    const page = await open(sampleData());
    await page.getByLabel("Filter").nth(1).fill("leak");
    const story = page.locator("#findings article");
    await story.getByText("Two worlds that differ only in what b keeps to itself").waitFor();
    const heads = ["field", "first world", "second world"];
    expect(await story.locator("thead th").allInnerTexts()).toEqual([...heads, ...heads]);
    expect(await story.locator(".differs").allInnerTexts()).toEqual(["≠ c: data+0x7\t0x0\t0x68"]);
    expect(faults).toEqual([]);
  });

  test("steps through what a system and its reference did, and who may reach what", async () => {
    const page = await open(sampleData());
    await page.getByLabel("Filter").nth(1).fill("reclaim");
    const story = page.locator("#findings article");
    await story.getByText("Step 3, by the outside").waitFor();
    expect(await story.locator("tr.differs").nth(1).textContent()).toBe("≠ cVM aas beforepresent → absent");
    await page.locator("#findings h2").click();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await story.getByText("Step 1, by the outside").waitFor();
    expect(await story.locator(".ranges li").allInnerTexts()).toEqual([
      expect.stringMatching(/^b\.0 in b: tagged, .*; load, store$/),
      expect.stringMatching(/^a\.0 in a: tagged, .*; load, store$/),
    ]);
    await page.getByLabel("Filter").nth(1).fill("refuses for 5");
    await story.getByText("refuses: check 5").waitFor();
    await story.getByText("rodata 0x0, 0 bytes + 1").first().waitFor();
    expect(faults).toEqual([]);
  });

  test("counts calls by how their callers stand, and says why some cannot be", async () => {
    const page = await open(sampleData());
    const map = page.locator("#calls");
    await map.getByRole("combobox").selectOption("only caller in a callee");
    await map.getByLabel("Filter").fill("thread_exit");
    await map.getByRole("application").focus();
    await page.keyboard.press("ArrowRight");
    expect(await map.getByRole("status").textContent()).toBe(
      "thread_exit: ok cannot be: I-31: a thread exits at home; a call ends by its own return.",
    );
    expect(await map.locator(".cell text").allTextContents()).toContain("–");
    expect(faults).toEqual([]);
  });

  test("sorts and filters planted faults, and walks over the map of outcomes", async () => {
    const page = await open(sampleData());
    const zoo = page.locator("#zoo");
    await zoo.getByRole("button", { name: "fault" }).click();
    await zoo.getByRole("button", { name: "fault" }).click();
    expect(await zoo.locator("tbody td").first().textContent()).toBe("P26");
    await zoo.getByLabel("Filter").fill("both e18");
    expect(await zoo.getByRole("status").textContent()).toBe("1 of 9");
    const map = page.locator("#instructions");
    await map.getByRole("application").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    expect(await map.getByRole("status").textContent()).toMatch(/^addi(:| has no outcome) /);
    expect(faults).toEqual([]);
  });

  test.each([true, false])("fits a phone, dark %s", async (isDark) => {
    const page = await open(sampleData(), { width: 390, height: 800, isDark });
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect(wide).toBeLessThanOrEqual(390);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(isDark ? "rgb(18, 22, 27)" : "rgb(255, 255, 255)");
    await page.screenshot({ path: join(screenshots, `report-phone-${isDark ? "dark" : "light"}.png`) });
    expect(faults).toEqual([]);
  });

  test("runs nothing that a record says", async () => {
    const hostile = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'><!--";
    const data = sampleData();
    const first = data.findings[0]!;
    const record = { ...first.record, signature: hostile, story: hostile };
    const finding = { ...first, file: hostile, listing: [hostile], record };
    const page = await open({ ...data, title: hostile, findings: [finding] });
    expect(await page.locator("#findings h3").textContent()).toBe(hostile);
    expect(await page.title()).toBe(hostile);
    expect(await page.evaluate("window.hacked === undefined && document.images.length")).toBe(0);
    expect(await page.locator(".replay code").textContent()).toContain("onerror='\\''window");
    expect(faults).toEqual([]);
  });

  test("stays fluid with 5,000 findings and 10 MB of records", async () => {
    const data = sampleData();
    const findings = Array.from({ length: FINDINGS }, (_, at) => {
      const one = data.findings[at % data.findings.length]!;
      return { ...one, file: `finding-${at}.json`, record: { ...one.record, signature: `finding ${at}` } };
    });
    const begun = performance.now();
    const page = await open({ ...data, findings });
    const loadMs = performance.now() - begun;
    const bytes = readFileSync(join(folder, "report.html")).length;
    expect(bytes).toBeGreaterThan(10e6);
    expect(await page.locator(".list .row").count()).toBeLessThan(60);
    await page.locator(".list").focus();
    const keys = performance.now();
    await page.keyboard.press("End");
    await page.locator("#findings h3").getByText("refuses for 5").waitFor();
    await page.getByLabel("Filter").nth(1).fill("4321");
    await page.locator("#findings h3").getByText("finding 4321").waitFor();
    const keysMs = performance.now() - keys;
    console.log(
      `${(bytes / 1e6).toFixed(1)} MB: written, opened and drawn in ${Math.round(loadMs)} ms; ` +
        `to the end and a filter in ${Math.round(keysMs)} ms; page without data ${script.length + style.length} bytes`,
    );
    expect(faults).toEqual([]);
  });
});
