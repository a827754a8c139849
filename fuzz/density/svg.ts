/** A plot of lines as SVG. */

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 20;
const TOP = 40;
const BOTTOM = 90;
const TICKS = 5;
const COLOURS = ["#555555", "#b03030", "#2060b0", "#208040", "#a06000"];
const DASHES = ["", "8 4", "2 3", "12 3 2 3", "4 4"];

/** The plot; lines differ in colour and in how they are dashed. */
export function svgOf({ title, x, y, series }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const xMax = nice(Math.max(1, ...points.map(([across]) => across)));
  const yMax = nice(Math.max(1, ...points.map(([, up]) => up)));
  const across = (value: number) => LEFT + (value / xMax) * (WIDTH - LEFT - RIGHT);
  const up = (value: number) => HEIGHT - BOTTOM - (value / yMax) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    textAt(WIDTH / 2, 22, title, "middle"),
    textAt(WIDTH / 2, HEIGHT - BOTTOM + 34, x, "middle"),
    `<g transform="rotate(-90 16 ${HEIGHT / 2})">${textAt(16, HEIGHT / 2, y, "middle")}</g>`,
  ];
  for (let tick = 0; tick <= TICKS; tick++) {
    const [xAt, yAt] = [(xMax * tick) / TICKS, (yMax * tick) / TICKS];
    parts.push(line(LEFT, up(yAt), WIDTH - RIGHT, up(yAt)), textAt(LEFT - 6, up(yAt) + 4, told(yAt), "end"));
    parts.push(textAt(across(xAt), HEIGHT - BOTTOM + 16, told(xAt), "middle"));
  }
  const each = (WIDTH - LEFT - RIGHT) / Math.max(1, series.length);
  for (const [index, { name, points: own }] of series.entries()) {
    const stroke = `stroke="${COLOURS[index % COLOURS.length]}" stroke-dasharray="${DASHES[index % DASHES.length]}"`;
    const path = own.map(([one, other]) => `${round(across(one))},${round(up(other))}`).join(" ");
    parts.push(`<polyline points="${path}" fill="none" ${stroke} stroke-width="2"/>`);
    const at = LEFT + index * each;
    parts.push(
      `<line x1="${at}" y1="${HEIGHT - 24}" x2="${at + 24}" y2="${HEIGHT - 24}" ${stroke} stroke-width="2"/>`,
    );
    parts.push(textAt(at + 30, HEIGHT - 20, name, "start"));
  }
  return `${[...parts, "</svg>"].join("\n")}\n`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#dddddd"/>`;
}

function textAt(x: number, y: number, text: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function round(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

function told(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below. */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= value) ?? 10);
}
