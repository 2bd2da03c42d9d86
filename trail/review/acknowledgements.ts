import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { parseAcknowledgements, type Acknowledgement } from '../../review/acknowledgement';
import { rules } from '../../review/rules';
import { TrailError } from '../errors';

/** Reads the acknowledgements file (YAML or JSON). Throws a TrailError that lists every problem. */
export async function loadAcknowledgements(path: string): Promise<readonly Acknowledgement[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TrailError(
      'acknowledgements-unreadable',
      `${path} can't be read (${code})`,
      'name a readable YAML or JSON file',
      { cause },
    );
  }
  const document = parseDocument(text);
  const result =
    document.errors.length > 0
      ? { problems: document.errors.map((error) => error.message.split('\n')[0] ?? error.message) }
      : parseAcknowledgements(
          document.toJS(),
          rules.map((rule) => rule.id),
        );
  if ('acknowledgements' in result) return result.acknowledgements;
  throw new TrailError(
    'acknowledgements-invalid',
    `${path}: ${result.problems.join('; ')}`,
    'correct the file; see docs/commands/review.md',
  );
}
