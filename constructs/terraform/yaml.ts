import { stringify } from 'yaml';
import { templateText } from './template-text';

/**
 * A value as a YAML document for an attribute of a resource: keys in the order given, no folding and no
 * anchors, so that the same value is the same text on every machine.
 */
export function toYaml(value: unknown): string {
  return templateText(stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }));
}
