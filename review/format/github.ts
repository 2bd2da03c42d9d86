import type { Finding, Review } from '../review';
import type { Severity } from '../rule';
import { countsLine, verdicts } from './wording';

const commands: Readonly<Record<Severity, string>> = {
  refuse: 'error',
  supervise: 'warning',
  notice: 'notice',
};

/** The review as workflow commands, which GitHub Actions shows as annotations of the run. */
export function formatGithub(review: Review): string {
  const { word, sentence } = verdicts[review.verdict];
  return [`${word}: ${sentence} (${countsLine(review)})`, ...review.findings.map(command), ''].join('\n');
}

function command(finding: Finding): string {
  const { acknowledged, address } = finding;
  const lines = [
    ...(address === undefined ? [] : [address]),
    ...finding.seen,
    `to do: ${finding.remedy}`,
    ...(acknowledged === undefined
      ? []
      : [`acknowledged by ${acknowledged.owner} until ${acknowledged.expires}`]),
  ];
  const level = acknowledged === undefined ? commands[finding.severity] : 'notice';
  return `::${level} title=${property(`${finding.rule}: ${finding.title}`)}::${data(lines.join('\n'))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
