import { rules } from '../../review/rules';

/** docs/rules.md: every rule of `trail review`, from the rules themselves. */
export function rulesPage(): string {
  const rows = rules.map(
    (rule) => `| [\`${rule.id}\`](#${rule.id}) | ${rule.severity} | ${cell(rule.title)} |`,
  );
  const sections = rules.map((rule) =>
    [
      `## ${rule.id}`,
      `**${capital(rule.title)}.** At worst: ${rule.severity}.`,
      `- **Reported when:** ${rule.cause}`,
      `- **Why it matters:** ${rule.explanation}`,
      `- **To do:** ${rule.remedy}.`,
    ].join('\n\n'),
  );
  return `${[intro, ['| rule | at worst | |', '|---|---|---|', ...rows].join('\n'), ...sections, own].join('\n\n')}\n`;
}

const intro = `# Rules of \`trail review\`

<!-- written by \`npm run docs\` from review/rules, do not edit -->

How bad a finding is: \`refuse\` (the plan must not be applied as it is, exit code 3), \`supervise\`
(somebody watches while it is applied, exit code 2), \`notice\` (worth knowing, exit code 0). The table says
the worst that a rule reports; the text says when it is less. See [\`trail review\`](commands/review.md).`;

const own = `## The review's own findings

- \`rule-failed\` (refuse): a rule could not be evaluated. What it could not look at may be what it is there for.
- \`acknowledgement-expired\` (supervise): an acknowledgement was accepted for a time that is over.
- \`acknowledgement-unused\` (notice): an acknowledgement matches nothing and would accept the next such finding.

None of them can be acknowledged.`;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
