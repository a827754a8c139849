import type { PageData } from "./page-data.ts";

/**
 * The same without campaigns, judgements by laws and findings of machines in which something was planted on purpose; if there are no others
 * nothing is left out.
 */
export function unplanted<Records extends Pick<PageData, "campaigns" | "laws" | "findings">>(
  records: Records,
): Records {
  const campaigns = records.campaigns.filter(({ record }) => record.faults.length === 0);
  const laws = records.laws.filter(({ record }) => record.faults.length === 0);
  if (campaigns.length + laws.length === 0) return records;
  return {
    ...records,
    campaigns,
    laws,
    findings: records.findings.filter(({ record }) => record.faults.length === 0),
  };
}
