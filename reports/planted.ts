import type { PageData } from "./page-data.ts";

/**
 * The same without campaigns and findings of machines in which something was planted on purpose; if there are no others
 * nothing is left out.
 */
export function unplanted<Records extends Pick<PageData, "campaigns" | "findings">>(
  records: Records,
): Records {
  const campaigns = records.campaigns.filter(({ record }) => record.faults.length === 0);
  if (campaigns.length === 0) return records;
  return {
    ...records,
    campaigns,
    findings: records.findings.filter(({ record }) => record.faults.length === 0),
  };
}
