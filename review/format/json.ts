import type { Review } from '../review';
import { verdicts } from './wording';

/** The review for programs. `version` grows when a field changes its meaning; fields may be added any time. */
export function formatJson(review: Review): string {
  const document = {
    version: 1,
    verdict: review.verdict,
    exitCode: verdicts[review.verdict].exitCode,
    terraformVersion: review.terraformVersion ?? null,
    summary: { ...review.summary, types: Object.fromEntries(review.summary.types) },
    findings: review.findings.map((finding) => ({
      ...finding,
      address: finding.address ?? null,
      effect: finding.effect ?? null,
      acknowledged: finding.acknowledged ?? null,
    })),
    changes: review.changes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
