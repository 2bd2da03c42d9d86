import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { run } from '../../../trail/cli/run';
import { fixtureBytes, fixturePath, planJson } from '../../support/plan';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trail-review-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function trail(args: readonly string[], stdin: Buffer | string = ''): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(['review', ...args], {
    env: {},
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    signal: new AbortController().signal,
  });
  const text = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, out: text(stdout), err: text(stderr) };
}

const file = (name: string, content: Buffer | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test.each([
  ['no-op', 0],
  ['hop-3.30.7-to-3.31.7', 2],
  ['policy-opened', 3],
])('%s ends with exit code %i, whatever the format', async (name, code) => {
  for (const format of ['text', 'markdown', 'json', 'sarif', 'github']) {
    expect((await trail([fixturePath(name), '--format', format])).code).toBe(code);
  }
});

test('a plan comes from a file, from stdin, compressed, and in what PowerShell makes of it', async () => {
  const json = fixtureBytes('policy-opened');
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(json.toString(), 'utf16le')]);
  const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json]);
  const expected = (await trail([file('plan.json', json)])).out;
  expect(expected).toContain('REFUSE');
  for (const input of [json, readFileSync(fixturePath('policy-opened')), utf16, marked]) {
    expect(await trail([], input)).toEqual({ code: 3, out: expected, err: '' });
  }
  expect((await trail(['-'], json)).out).toBe(expected);
});

test.each<[string, readonly string[], Buffer | string, RegExp]>([
  ['a file that is not there', ['/nowhere/plan.json'], '', /plan-unreadable.*ENOENT/],
  ['a truncated plan', [], fixtureBytes('fresh').subarray(0, 5000), /plan-truncated/],
  ['a truncated gzip file', [], readFileSync(fixturePath('fresh')).subarray(0, 2000), /plan-truncated/],
  ['a later major version', [], JSON.stringify(planJson([], { format_version: '2.0' })), /format-unknown/],
  ['nothing at all', [], '', /plan-empty/],
  ['an unknown flag', ['--nope'], '', /unknown option/],
  ['an unknown format', ['--format', 'pdf'], '', /Allowed choices are text, markdown, json, sarif, github/],
  ['two plans', ['a', 'b'], '', /too many arguments/],
  ['a --write that names no file', ['--write', 'markdown'], '', /FORMAT=FILE/],
])('%s is no judgement: exit code 1', async (_what, args, stdin, message) => {
  const outcome = await trail(args, stdin);
  expect(outcome.code).toBe(1);
  expect(outcome.err).toMatch(message);
  expect(outcome.out).toBe('');
});

test("a review that can't be written is no judgement either", async () => {
  const outcome = await trail([fixturePath('no-op'), '--write', `json=${folder}/no/such/place`]);
  expect(outcome.code).toBe(1);
  expect(outcome.err).toContain('review-not-written');
});

test('other formats are written beside what is printed', async () => {
  const [markdown, sarif] = [join(folder, 'r.md'), join(folder, 'r=1.sarif')];
  const plan = fixturePath('policy-opened');
  await trail([plan, '--write', `markdown=${markdown}`, '-w', `sarif=${sarif}`, '--uri', 'main.ts']);
  expect(readFileSync(markdown, 'utf8')).toContain('## ⛔ REFUSE');
  const { runs } = JSON.parse(readFileSync(sarif, 'utf8')) as {
    runs: { results: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[] }[];
  };
  expect(runs[0]!.results[0]!.locations[0]!.physicalLocation.artifactLocation.uri).toBe('main.ts');
});

test('acknowledgements are read from YAML; a wrong file is no judgement', async () => {
  const plan = fixturePath('policy-opened');
  const good = file(
    'good.yaml',
    `acknowledgements:
  - rule: network-policy-opened
    address: kubernetes_network_policy_v1.whisker_allow_traefik
    reason: a demonstration of an hour
    owner: platform
    expires: 2999-01-01
`,
  );
  const accepted = await trail([plan, '--acknowledgements', good]);
  expect(accepted.code).toBe(2);
  expect(accepted.out).toContain('acknowledged by platform until 2999-01-01: a demonstration of an hour');
  const wrong = await trail([plan, '-a', file('wrong.yaml', 'acknowledgements: [{rule: nope}]')]);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(/"nope" is no rule.*address is missing.*owner is missing/);
  expect((await trail([plan, '--acknowledgements', join(folder, 'missing')])).code).toBe(1);
});

describe('a plan file', () => {
  const zip = Buffer.from('PK\u0003\u0004 what only terraform reads');
  const program = (script: string): string => {
    const path = file('terraform', `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  test('is shown by terraform, also from stdin', async () => {
    const json = file('plan.json', fixtureBytes('policy-opened'));
    const terraform = program(`echo "$@" > ${folder}/args; cat ${json}`);
    const outcome = await trail(['--terraform', terraform, '--chdir', folder], zip);
    expect(outcome.code).toBe(3);
    expect(readFileSync(join(folder, 'args'), 'utf8')).toMatch(
      /^-chdir=\S+ show -json -no-color \S+\/plan\n$/,
    );
  });

  test("that terraform can't show is no judgement, and says what terraform said", async () => {
    const terraform = program('printf "\\n╷\\n│ Error: Inconsistent dependency lock file\\n" >&2; exit 1');
    const outcome = await trail(['--terraform', terraform], zip);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toMatch(/terraform-failed.*Error: Inconsistent dependency lock file/);
  });

  test('without terraform is no judgement', async () => {
    const outcome = await trail(['--terraform', join(folder, 'missing')], zip);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('terraform-missing');
  });
});
