import type { ComponentChildren } from "preact";
import type { PageData } from "../page-data.ts";
import { unplanted } from "../planted.ts";
import { Changes } from "./changes.tsx";
import { CvmRuns } from "./cvm-runs.tsx";
import { Findings } from "./findings.tsx";
import { HeatMap } from "./heat-map.tsx";
import { lawRules, machineReach, machineRules, systemReach, systemRules } from "./merged.ts";
import { NeverReached } from "./never-reached.tsx";
import { Density, Progress } from "./plots.tsx";
import { Rules } from "./rules.tsx";
import { Runs } from "./runs.tsx";
import { Scores } from "./scores.tsx";
import { verdictOf } from "./verdict.ts";
import { Mark, Verdict } from "./verdict.tsx";
import { ZooTable } from "./zoo-table.tsx";

/** The page: the verdict first, then what was run, what was never reached, what was found, and how much was tested. */
export function App({ data }: { readonly data: PageData }) {
  const sections = sectionsOf(data);
  return (
    <>
      <header>
        <h1>{data.title}</h1>
        <nav aria-label="Sections">
          {sections.map(({ id, name }) => (
            <a key={id} href={`#${id}`}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {sections.map(({ id, name, content }) => (
          <section key={id} id={id} aria-labelledby={`${id}-title`}>
            <h2 id={`${id}-title`}>
              {name} {id === "verdict" ? <Mark verdict={verdictOf(data).verdict} /> : null}
            </h2>
            {content}
          </section>
        ))}
      </main>
      <footer>
        Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous finding, <kbd>←</kbd> <kbd>→</kbd> its steps,{" "}
        <kbd>/</kbd> filter findings.
      </footer>
    </>
  );
}

interface Section {
  readonly id: string;
  readonly name: string;
  readonly content: ComponentChildren;
}

/** Only what there is something to say of. */
function sectionsOf(data: PageData): Section[] {
  const { campaigns, systems, findings, systemFindings, zoos, densities, mutations, coverages } = data;
  const { campaigns: real, laws } = unplanted(data);
  const [instructions, calls] = [machineReach(real), systemReach(systems)];
  const rules = [...machineRules(real), ...systemRules(systems), ...lawRules(laws)];
  const hasRun = campaigns.length + systems.length + data.objects.length + data.laws.length + zoos.length > 0;
  const hasTimeline = [...campaigns, ...systems].some(({ record }) => (record.timeline?.length ?? 0) > 1);
  const all: (Section | null)[] = [
    { id: "verdict", name: "Verdict", content: <Verdict data={data} /> },
    data.comparison === null
      ? null
      : { id: "changes", name: "Changes", content: <Changes comparison={data.comparison} /> },
    hasRun ? { id: "runs", name: "What was run", content: <Runs data={data} /> } : null,
    hasRun ? { id: "never", name: "Never reached", content: <NeverReached data={data} /> } : null,
    findings.length + systemFindings.length + data.objectFindings.length > 0
      ? { id: "findings", name: "Findings", content: <Findings data={data} /> }
      : null,
    hasTimeline ? { id: "progress", name: "Reach over time", content: <Progress data={data} /> } : null,
    instructions.length > 0
      ? {
          id: "instructions",
          name: "Instructions and outcomes",
          content: <HeatMap rows={instructions} what="instruction" />,
        }
      : null,
    calls.length > 0
      ? { id: "calls", name: "Calls and outcomes", content: <HeatMap rows={calls} what="call" /> }
      : null,
    rules.length > 0 ? { id: "rules", name: "Rules", content: <Rules rules={rules} /> } : null,
    zoos.length > 0 ? { id: "zoo", name: "Planted faults", content: <ZooTable zoos={zoos} /> } : null,
    data.cvmRuns.length > 0
      ? { id: "cvms", name: "Runs of cVMs", content: <CvmRuns runs={data.cvmRuns} /> }
      : null,
    mutations.length > 0
      ? {
          id: "mutation",
          name: "Mutation testing",
          content: <Scores reports={mutations} good="killed" total="mutants" />,
        }
      : null,
    coverages.length > 0
      ? {
          id: "coverage",
          name: "Coverage",
          content: <Scores reports={coverages} good="covered" total="lines" />,
        }
      : null,
    densities.length > 0
      ? { id: "density", name: "Density", content: <Density densities={densities} /> }
      : null,
  ];
  return all.filter((section) => section !== null);
}
