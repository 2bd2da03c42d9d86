import type { Finding, Review } from '../review';
import type { Rule, Severity } from '../rule';

const levels: Readonly<Record<Severity, string>> = { refuse: 'error', supervise: 'warning', notice: 'note' };

export interface SarifOptions {
  /** File that results point at, relative to the repository: code scanning shows none without one. */
  readonly uri: string;
  readonly rules: readonly Rule[];
}

/** The review as SARIF 2.1.0, for code scanning. Acknowledged findings are suppressed, with their reason. */
export function formatSarif(review: Review, options: SarifOptions): string {
  const used = [...new Set(review.findings.map((finding) => finding.rule))];
  const rules = used.map((id) => descriptor(id, review.findings, options.rules));
  const results = review.findings.map((finding) => result(finding, used.indexOf(finding.rule), options.uri));
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'trail review', rules } }, results }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function descriptor(id: string, findings: readonly Finding[], rules: readonly Rule[]): object {
  const rule = rules.find((each) => each.id === id);
  // The review's own findings have no rule; they describe themselves.
  const finding = findings.find((each) => each.rule === id);
  return {
    id,
    shortDescription: { text: rule?.title ?? finding?.title },
    fullDescription: {
      text: rule === undefined ? finding?.explanation : `${rule.cause} ${rule.explanation}`,
    },
    help: { text: rule?.remedy ?? finding?.remedy },
    defaultConfiguration: { level: levels[rule?.severity ?? finding?.severity ?? 'refuse'] },
  };
}

function result(finding: Finding, ruleIndex: number, uri: string): object {
  const { acknowledged, address } = finding;
  const seen = finding.seen.map((line) => line.trim()).join('; ');
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: `${finding.title}: ${seen}. To do: ${finding.remedy}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
        ...(address !== undefined && {
          logicalLocations: [{ fullyQualifiedName: address, kind: 'resource' }],
        }),
      },
    ],
    // What was seen belongs to a result's identity: two findings of a rule at one address are two.
    partialFingerprints: { 'finding/v1': [finding.rule, address ?? '', ...finding.seen].join('|') },
    ...(acknowledged !== undefined && {
      suppressions: [
        {
          kind: 'external',
          status: 'accepted',
          justification: `${acknowledged.owner}, until ${acknowledged.expires}: ${acknowledged.reason}`,
        },
      ],
    }),
  };
}
