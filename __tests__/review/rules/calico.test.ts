import { adoption } from '../../../review/rules/adoption';
import { calicoNodeRolls } from '../../../review/rules/calico-node-rolls';
import { crdsFirst } from '../../../review/rules/crds-first';
import { dataPlaneOwnership } from '../../../review/rules/data-plane-ownership';
import { memoryLowered } from '../../../review/rules/memory-lowered';
import { observabilityLost } from '../../../review/rules/observability-lost';
import { versionHop } from '../../../review/rules/version-hop';
import type { Plan } from '../../../review/plan/plan';
import {
  change,
  fixture,
  judged,
  manifest,
  operator,
  OPERATOR_VALUES,
  planOf,
  sightings,
} from '../../support/plan';

type Json = Record<string, unknown>;

const address = 'module.calico.helm_release.op';
const values = (over: Json): Json => ({ ...OPERATOR_VALUES, ...over });
const upgrade = (before: Json | null, after: Json | null, more: Json = {}): Plan =>
  planOf([change(address, before, after, more)]);
const goldmane = (spec?: Json): Json => ({
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Goldmane',
  metadata: { name: 'default' },
  ...(spec && { spec }),
});

describe('calico-node rolls', () => {
  test.each<[string, Plan, string]>([
    ['a hop', fixture('hop-3.30.7-to-3.31.7'), 'Calico v3.30.7 → v3.31.7'],
    ['Goldmane created', fixture('fresh'), 'Goldmane is created'],
    ['Goldmane deleted', fixture('disable-goldmane'), 'Goldmane is deleted'],
    [
      'Goldmane changed',
      planOf([manifest(goldmane(), goldmane({ metricsPort: 9091 }))]),
      'Goldmane changes: spec.metricsPort',
    ],
    [
      'another installation',
      upgrade(
        operator('v3.30.7'),
        operator('v3.30.7', values({ installation: { enabled: false, cni: {}, x: 1 } })),
      ),
      'values of the operator chart change: installation',
    ],
    [
      'Goldmane switched on in Helm',
      upgrade(operator('v3.30.7'), operator('v3.30.7', values({ goldmane: { enabled: true } }))),
      'values of the operator chart change: goldmane',
    ],
    ['no operator any more', upgrade(operator('v3.30.7'), null), 'the operator release is deleted'],
    [
      'hidden values',
      upgrade(
        operator('v3.30.7'),
        operator('v3.30.7', OPERATOR_VALUES, { set_sensitive: [{ name: 'a', value: 'b' }] }),
      ),
      "values of the operator release can't be told from the plan",
    ],
  ])('%s', (_what, plan, seen) => {
    expect(sightings(calicoNodeRolls, plan).map((line) => line.replace(/^.*?: /, ''))).toEqual([seen]);
  });

  test.each<[string, Plan]>([
    [
      'the operator gets more memory',
      upgrade(operator('v3.30.7'), operator('v3.30.7', values({ resources: { limits: { memory: '1Gi' } } }))),
    ],
    [
      'the release waits longer',
      upgrade(
        operator('v3.30.7', OPERATOR_VALUES, { timeout: 300 }),
        operator('v3.30.7', OPERATOR_VALUES, { timeout: 600 }),
      ),
    ],
    [
      'server fields of Goldmane are shed',
      planOf([
        manifest(
          {
            ...goldmane(),
            status: { a: 1 },
            metadata: { name: 'default', generation: 3, managedFields: [{}] },
          },
          goldmane(),
        ),
      ]),
    ],
    ['an adoption of what is live', fixture('adopt')],
    ['Terraform only forgets', planOf([manifest(goldmane(), null, { change: { actions: ['forget'] } })])],
  ])('not when %s', (_what, plan) => {
    expect(judged(calicoNodeRolls, plan)).toEqual([]);
  });

  test('live values count before an apply, not what the state remembers', () => {
    const live = { metadata: [{ version: '3.30.6', values: JSON.stringify(OPERATOR_VALUES) }] };
    expect(
      judged(calicoNodeRolls, upgrade(operator('v3.30.7', OPERATOR_VALUES, live), operator('v3.30.7'))),
    ).toEqual(['supervise']);
  });
});

describe('version hops', () => {
  test.each<[string | null, string | null, string, string]>([
    ['v3.30.7', 'v3.31.7', 'supervise', 'known hop'],
    ['v3.28.5', 'v3.30.7', 'supervise', 'known hop'],
    ['3.30.6', 'v3.30.7', 'supervise', 'known hop'],
    ['v3.30.7', 'v3.30.6', 'supervise', 'older patch'],
    ['v3.26.1', 'v3.30.7', 'refuse', 'more than one hop'],
    ['v3.31.7', 'v3.30.7', 'refuse', 'no known upgrade leads there'],
    ['v3.30.7', 'v3.99.0', 'refuse', 'not in the table'],
    ['v3.30.7', 'latest', 'refuse', 'not a Calico version'],
    ['v3.30.7', null, 'refuse', 'no version is pinned'],
  ])('%s to %s', (from, to, severity, words) => {
    const [line = ''] = sightings(versionHop, upgrade(operator(from), operator(to)));
    expect(line).toMatch(new RegExp(`^${severity} .*${words}`));
  });

  test('the same version under another spelling is no hop', () => {
    expect(judged(versionHop, upgrade(operator('3.30.7'), operator('v3.30.7')))).toEqual([]);
  });
});

describe('CRDs', () => {
  const chart = (version: string): Json => ({ name: 'crds', chart: 'crd.projectcalico.org.v1', version });
  const hop = change('helm_release.op', operator('v3.31.7'), operator('v3.32.1'));

  test('a series without CRDs in its chart needs theirs first', () => {
    expect(judged(crdsFirst, planOf([hop]))).toEqual(['refuse']);
    expect(
      judged(crdsFirst, planOf([hop, change('helm_release.crds', chart('v3.31.7'), chart('v3.31.7'))])),
    ).toEqual(['refuse']);
    expect(judged(crdsFirst, planOf([hop, change('helm_release.crds', null, chart('v3.32.1'))]))).toEqual([
      'supervise',
    ]);
    expect(
      judged(crdsFirst, planOf([hop, change('helm_release.crds', chart('v3.32.1'), chart('v3.32.1'))])),
    ).toEqual([]);
  });

  test('Goldmane switched on in Helm while upgrading meets no CRD', () => {
    const plan = upgrade(operator('v3.28.5'), operator('v3.30.7', values({ goldmane: {} })));
    expect(judged(crdsFirst, plan)).toEqual(['supervise', 'refuse']);
  });
});

describe('ownership of the data plane', () => {
  test.each<[string, Json, Json, readonly string[]]>([
    ['off and off', OPERATOR_VALUES, OPERATOR_VALUES, []],
    ['switched on', OPERATOR_VALUES, values({ installation: { enabled: true } }), ['refuse']],
    ['switched on by leaving it out', OPERATOR_VALUES, values({ installation: null }), ['refuse']],
    ['switched off', values({ installation: {} }), OPERATOR_VALUES, ['refuse']],
    ['on and on', values({ installation: {} }), values({ installation: { enabled: true } }), []],
  ])('%s', (_what, before, after, expected) => {
    expect(
      judged(dataPlaneOwnership, upgrade(operator('v3.30.7', before), operator('v3.30.7', after))),
    ).toEqual(expected);
  });

  test('a `set` counts as a value, over the files', () => {
    const after = operator('v3.30.7', OPERATOR_VALUES, {
      set: [{ name: 'installation.enabled', value: 'true' }],
    });
    expect(judged(dataPlaneOwnership, upgrade(operator('v3.30.7'), after))).toEqual(['refuse']);
  });
});

test('Goldmane or Whisker switched off in Helm is a loss', () => {
  const plan = upgrade(operator('v3.30.7', values({ goldmane: {}, whisker: {} })), operator('v3.30.7'));
  expect(judged(observabilityLost, plan)).toEqual(['supervise', 'supervise']);
});

test('the operator with less than it needs to start is told, also when it is new', () => {
  const small = values({ resources: { limits: { memory: '256Mi' } } });
  expect(sightings(memoryLowered, upgrade(operator('v3.30.7'), operator('v3.30.7', small)))[0]).toContain(
    '512Mi → 256Mi',
  );
  expect(judged(memoryLowered, upgrade(null, operator('v3.30.7', small)))).toEqual(['supervise']);
  expect(judged(memoryLowered, upgrade(null, operator('v3.30.7')))).toEqual([]);
});

describe('adoption', () => {
  const importing = { change: { importing: { id: 'tigera-operator/calico' } } };

  test('the real one changes nothing live', () => {
    expect(judged(adoption, fixture('adopt'))).toEqual(['notice', 'notice', 'notice', 'notice']);
  });

  test.each<[string, Plan, string]>([
    [
      'another version',
      upgrade(operator('v3.30.6'), operator('v3.30.7'), importing),
      'version v3.30.6 → v3.30.7',
    ],
    [
      'other values',
      upgrade(operator('v3.30.7'), operator('v3.30.7', values({ resources: {} })), importing),
      'values: resources',
    ],
    [
      'a switch that matters',
      upgrade(operator('v3.30.7'), operator('v3.30.7', OPERATOR_VALUES, { force_update: true }), importing),
      'force_update',
    ],
    [
      'a spec that differs',
      planOf([manifest(goldmane(), goldmane({ x: 1 }), { change: { importing: { id: 'g' } } })]),
      'spec.x',
    ],
    [
      'a field that is live only',
      planOf([manifest(goldmane({ x: 1 }), goldmane(), { change: { importing: { id: 'g' } } })]),
      'spec.x',
    ],
    [
      'a rule for everyone',
      planOf([
        manifest(
          { ...goldmane(), spec: { rules: [] } },
          { ...goldmane(), spec: { rules: [{}] } },
          { change: { importing: { id: 'g' } } },
        ),
      ]),
      'spec.rules',
    ],
    [
      'a replacement',
      upgrade(operator('v3.30.7'), operator('v3.30.7'), {
        change: { importing: { id: 'x' }, actions: ['delete', 'create'] },
      }),
      'destroyed and created again',
    ],
    [
      'a chart that nobody knows',
      planOf([change('helm_release.x', { chart: 'x' }, { chart: 'x', a: 1 }, importing)]),
      'not known',
    ],
    [
      "something that can't be compared",
      planOf([change('aws_s3_bucket.b', { a: 1 }, { a: 2 }, importing)]),
      "can't be compared",
    ],
  ])('with %s is supervised', (_what, plan, words) => {
    const [line = ''] = sightings(adoption, plan);
    expect(line).toMatch(/^supervise/);
    expect(line).toContain(words);
  });
});
