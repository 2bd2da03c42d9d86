import { stringify } from 'yaml';
import { alertGroups } from './alerts';

/** The alerts as a rules file that any Prometheus loads. */
export function rulesFile(): string {
  return `# Written by \`npm run docs\` from monitoring/alerts.ts; do not edit.\n${stringify(
    { groups: alertGroups() },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )}`;
}
