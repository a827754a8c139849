import type { PageData } from "../page-data.ts";
import { foundEverySeed } from "./specimen.ts";

export type VerdictWord = "holds" | "broken" | "unknown";

/** One thing that was run, and how it ended. */
export interface Judged {
  readonly what: string;
  readonly verdict: VerdictWord;
  readonly reason: string;
  /** Faults were planted on purpose: that it is broken is as it should be. */
  readonly planted: boolean;
}

/** The worst of everything that was run with nothing planted in it; of all, if there is nothing else. */
export function verdictOf(data: PageData): { verdict: VerdictWord; judged: readonly Judged[] } {
  const judged = judgedOf(data);
  const real = judged.filter(({ planted }) => !planted);
  const counted = real.length > 0 ? real : judged;
  for (const verdict of ["broken", "unknown"] as const) {
    if (counted.some((one) => one.verdict === verdict)) return { verdict, judged };
  }
  return { verdict: counted.length === 0 ? "unknown" : "holds", judged };
}

function judgedOf(data: PageData): Judged[] {
  return [
    ...data.campaigns.map(({ file, record: { verdict, reason, faults } }) => ({
      what: `campaign ${file}`,
      verdict,
      reason,
      planted: faults.length > 0,
    })),
    ...data.systems.map(({ file, record: { verdict, reason } }) => ({
      what: `campaign of cVMs ${file}`,
      verdict,
      reason,
      planted: false,
    })),
    ...data.objects.map(({ file, record: { verdict, reason } }) => ({
      what: `campaign of object files ${file}`,
      verdict,
      reason,
      planted: false,
    })),
    ...data.laws.map(({ file, record: { verdict, reason, faults } }) => ({
      what: `laws ${file}`,
      verdict,
      reason,
      planted: faults.length > 0,
    })),
    ...looseFindings(data),
    ...data.zoos.map(zooJudged),
    ...data.cvmRuns.map(
      ({ file, record: { verdict, broken } }) =>
        ({
          what: `run of cVMs ${file}`,
          verdict: broken.length > 0 ? "broken" : verdict === "ended" ? "holds" : "unknown",
          reason: broken.length > 0 ? `rules broken: ${broken.join(", ")}` : verdict,
          planted: false,
        }) as const,
    ),
  ];
}

/** Findings that lie there without a campaign that lists them. */
function looseFindings({ campaigns, systems, findings, systemFindings }: PageData): Judged[] {
  const known = new Set([
    ...campaigns.flatMap(({ record }) => record.findings.map(({ signature }) => signature)),
    ...systems.flatMap(({ record }) => record.signatures.map(({ signature }) => signature)),
  ]);
  const loose = [
    ...findings.map(({ record: { signature, faults } }) => ({ signature, planted: faults.length > 0 })),
    ...systemFindings.map(({ record: { signature } }) => ({ signature, planted: false })),
  ].filter(({ signature }) => !known.has(signature));
  return [true, false].flatMap((planted): Judged[] => {
    const some = loose.filter((one) => one.planted === planted);
    if (some.length === 0) return [];
    const first = some[0]!.signature;
    const reason = some.length === 1 ? first : `${first}, and ${some.length - 1} more`;
    return [{ what: "findings of no campaign", verdict: "broken", reason, planted }];
  });
}

function zooJudged({ file, record: { specimens, interrupted } }: PageData["zoos"][number]): Judged {
  const missed = specimens.filter((specimen) => !foundEverySeed(specimen)).length;
  const found = `${specimens.length - missed} of ${specimens.length} planted faults found with every seed`;
  return {
    what: `zoo ${file}`,
    verdict: interrupted ? "unknown" : missed > 0 ? "broken" : "holds",
    reason: interrupted ? `${found}; ended early` : found,
    planted: false,
  };
}
