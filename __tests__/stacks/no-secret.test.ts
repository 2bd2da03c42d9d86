import { InvalidPropsError } from '../../constructs/validation';
import { parseSettings, SettingsError, type Settings } from '../../settings';
import { CalicoStack } from '../../stacks/calico';
import { GoldmaneEdgeAggregatorStack } from '../../stacks/goldmane-edge-aggregator';
import { synthBytes } from '../support/synth';

const seed = 'hunter2-seeded';

/** Every byte that a synthesis of both stacks leaves on disk. */
function synthesized(input: unknown): string {
  const settings = parseSettings(input);
  return synthBytes((app) => {
    new CalicoStack(app, 'calico', settings);
    new GoldmaneEdgeAggregatorStack(app, 'goldmane-edge-aggregator', settings);
  });
}

/** Paths of all texts in the settings, maps of labels given one entry. */
function textPaths(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === 'string') return [[...path]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[...path, 'seeded']];
  return entries.flatMap(([key, each]) => textPaths(each, [...path, key]));
}

function withText(path: readonly string[], text: string): object {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), text) as object;
}

const defaults: Settings = parseSettings({});
const paths = textPaths(defaults).map((path) => ({ path, name: path.join('.') }));

test('what the environment holds for Terraform and the programs stays out of every file', () => {
  const variables = [
    'VAULT_TOKEN',
    'PG_CONN_STR',
    'KUBE_TOKEN',
    'DATABASE_URL',
    'SLACK_WEBHOOK_URL',
    'PGPASSWORD',
  ];
  const before = { ...process.env };
  for (const variable of variables) process.env[variable] = `${seed}-${variable}`;
  try {
    const text = synthesized({ terraform: { backend: { type: 'pg' } } });
    expect(text.length).toBeGreaterThan(10_000);
    expect(text).not.toContain(seed);
  } finally {
    process.env = before;
  }
});

test('the settings have texts to seed', () => {
  expect(paths.length).toBeGreaterThan(30);
});

describe('a connection string pasted into a setting is refused, or at least never written', () => {
  test.each(paths)('$name', ({ path }) => {
    let text: string;
    try {
      text = synthesized(withText(path, `postgresql://admin:${seed}@db:5432/x`));
    } catch (error) {
      if (error instanceof SettingsError) return;
      if (!(error instanceof InvalidPropsError)) throw error;
      // A value that a construct refuses for another reason is shown as it was typed.
      if (error.message.includes(': holds ')) expect(error.message).not.toContain(seed);
      return;
    }
    expect(text).not.toContain(seed);
  });
});
