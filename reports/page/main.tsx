import { render } from "preact";
import type { PageData } from "../page-data.ts";
import { App } from "./app.tsx";
import "uplot/dist/uPlot.min.css";
import "./style.css";

const data = JSON.parse(document.getElementById("data")!.textContent) as PageData;
const page = document.getElementById("page")!;
page.replaceChildren();
render(<App data={data} />, page);
