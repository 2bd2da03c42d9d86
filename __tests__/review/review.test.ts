import type { Acknowledgement } from '../../review/acknowledgement';
import { review, type Review } from '../../review/review';
import type { Rule } from '../../review/rule';
import { change, fixture, planOf } from '../support/plan';

const now = new Date('2026-11-21T12:00:00Z');

test.each([
  ['adopt', 'clear'],
  ['no-op', 'clear'],
  ['fresh', 'supervise'],
  ['hop-3.30.7-to-3.31.7', 'supervise'],
  ['disable-goldmane', 'supervise'],
  ['image-and-memory', 'supervise'],
  ['policy-opened', 'refuse'],
  ['namespace-renamed', 'refuse'],
])('the real plan %s is judged %s', (name, verdict) => {
  expect(review(fixture(name), { now }).verdict).toBe(verdict);
});

test('the same plan gives the same review, in whatever order Terraform wrote it', () => {
  const changes = ['a.x', 'b.y', 'a.w', 'c.z'].map((address) => change(address, { a: 1 }, null));
  expect(review(planOf([...changes].reverse()), { now })).toEqual(review(planOf(changes), { now }));
});

test('a plan of somebody else is listed in full, types that nobody knows included', () => {
  const result = review(
    planOf([
      change('module.vpc["eu"].aws_subnet.a[0]', null, { cidr_block: '10.0.0.0/24' }),
      change('azurerm_dns_zone.z', { name: 'a' }, { name: 'b' }),
      change('google_thing.t', { name: 'a' }, null),
    ]),
    { now },
  );
  expect(result.changes.map((each) => each.address)).toEqual([
    'azurerm_dns_zone.z',
    'google_thing.t',
    'module.vpc["eu"].aws_subnet.a[0]',
  ]);
  expect(result.findings.map((each) => `${each.severity} ${each.rule}`)).toEqual([
    'supervise object-destroyed',
    'notice unfamiliar-type',
    'notice unfamiliar-type',
  ]);
});

describe('a rule that throws', () => {
  const broken: Rule = {
    id: 'broken',
    title: 'breaks',
    severity: 'notice',
    cause: '',
    explanation: '',
    remedy: '',
    *examine() {
      yield { address: 'a.b', seen: ['before it broke'] };
      throw new Error('out of order');
    },
  };

  test('refuses the plan and keeps what it had seen', () => {
    const result = review(planOf(), { now, rules: [broken] });
    expect(result.verdict).toBe('refuse');
    expect(result.findings.map((each) => [each.rule, each.seen])).toEqual([
      ['rule-failed', ['broken: out of order']],
      ['broken', ['before it broke']],
    ]);
  });

  test("values that can't be parsed are such a case", () => {
    const release = { chart: 'tigera-operator', version: 'v3.30.7', values: ['[not, a, mapping]'] };
    const result = review(planOf([change('helm_release.op', null, release)]), { now });
    expect(result.verdict).toBe('refuse');
    expect(result.findings.map((each) => each.rule)).toContain('rule-failed');
  });
});

describe('acknowledgements', () => {
  const accept = (over: Partial<Acknowledgement> = {}): Acknowledgement => ({
    rule: 'calico-node-rolls',
    address: 'kubectl_manifest.goldmane',
    reason: 'announced for tonight',
    owner: 'platform',
    expires: '2026-11-30',
    ...over,
  });
  const judge = (name: string, acknowledgements: Acknowledgement[], at = now): Review =>
    review(fixture(name), { now: at, acknowledgements });
  const lost = accept({ rule: 'observability-lost', address: 'kubectl_manifest.*' });

  test('what needed watching and is accepted needs none any more', () => {
    expect(judge('disable-goldmane', [accept()]).verdict).toBe('supervise');
    expect(judge('disable-goldmane', [accept(), lost]).verdict).toBe('clear');
  });

  test('a refusal that is accepted is still watched', () => {
    const opened = accept({ rule: 'network-policy-opened', address: '*whisker_allow_traefik' });
    expect(judge('policy-opened', [opened]).verdict).toBe('supervise');
  });

  test('it speaks of its own rule and address only', () => {
    expect(
      judge('policy-opened', [accept({ rule: 'network-policy-opened', address: 'other.*' })]).verdict,
    ).toBe('refuse');
    expect(judge('policy-opened', [accept({ address: '*whisker*' })]).verdict).toBe('refuse');
  });

  test('it counts to the end of its last day, and is a finding afterwards', () => {
    const last = new Date('2026-11-30T23:59:59Z');
    const after = new Date('2026-12-01T00:00:00Z');
    expect(judge('disable-goldmane', [accept(), lost], last).verdict).toBe('clear');
    const late = judge('disable-goldmane', [accept(), lost], after);
    expect(late.verdict).toBe('supervise');
    expect(late.findings.filter((each) => each.rule === 'acknowledgement-expired')).toHaveLength(2);
  });

  test('one that expired without being needed is a finding too, one that matches nothing a notice', () => {
    const old = accept({ expires: '2026-01-01' });
    expect(judge('no-op', [old]).findings.map((each) => each.rule)).toEqual(['acknowledgement-expired']);
    expect(judge('no-op', [accept()]).findings.map((each) => each.rule)).toEqual(['acknowledgement-unused']);
    expect(judge('no-op', [accept()]).verdict).toBe('clear');
  });

  test('a finding of the plan as a whole has the address (plan)', () => {
    const found = judge('fresh', [accept({ rule: 'state-empty', address: '(plan)' })]).findings;
    expect(found.find((each) => each.rule === 'state-empty')?.acknowledged?.owner).toBe('platform');
  });
});

test('a diff names list elements, leaves noise out and shows an empty rule', () => {
  const side = (env: unknown[], version: string): Record<string, unknown> => ({
    metadata: [{ name: 'w', namespace: 'shop', resource_version: version }],
    spec: [{ template: [{ spec: [{ container: [{ name: 'app', env, image: 'a:1' }] }] }] }],
  });
  const [diff] = review(
    planOf([
      change(
        'kubernetes_deployment_v1.w',
        side([{ name: 'B', value: '1' }], '7'),
        side(
          [
            { name: 'A', value: 'x' },
            { name: 'B', value: '1' },
          ],
          '8',
        ),
      ),
    ]),
    { now },
  ).changes;
  expect(diff?.lines.map((line) => `${line.sign} ${line.path} ${line.after ?? ''}`)).toEqual([
    '+ spec.template.spec.containers.app.env.A.name "A"',
    '+ spec.template.spec.containers.app.env.A.value "x"',
  ]);
});
