import { PlanFault } from '../../../review/plan/fault';
import { readPlan } from '../../../review/plan/read';
import { UNKNOWN } from '../../../review/value';
import { change, fixtureBytes, planJson, planOf, state } from '../../support/plan';

const read = (text: string) => () => readPlan(Buffer.from(text));
const code = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    return error instanceof PlanFault ? error.code : String(error);
  }
  return 'no fault';
};
const plan = (rest: object): string => JSON.stringify({ ...planJson(), ...rest });

test.each([
  ['nothing', '', 'plan-empty'],
  ['white space', ' \n', 'plan-empty'],
  ['words', 'Terraform will perform the following actions:', 'plan-unreadable'],
  ['a list', '[]', 'plan-unreadable'],
  [
    'the log of terraform plan -json',
    '{"@level":"info","@message":"x"}\n{"@level":"info"}',
    'plan-unreadable',
  ],
  ['an encrypted plan', '{"meta":"x","encrypted_data":"abc","encryption_version":"v0"}', 'plan-encrypted'],
  ['an object of another sort', '{}', 'not-a-plan'],
  ['a state', JSON.stringify(state([])), 'not-a-plan'],
  ['the providers schemas', '{"format_version":"1.0","provider_schemas":{}}', 'not-a-plan'],
  ['the next major version', plan({ format_version: '2.0' }), 'format-unknown'],
  ['the format of Terraform before 1.0', plan({ format_version: '0.2' }), 'format-unknown'],
  ['a version that is no text', plan({ format_version: 1.2 }), 'not-a-plan'],
  ['a failed plan', plan({ errored: true }), 'plan-errored'],
  ['two documents', `${plan({})}${plan({})}`, 'plan-unreadable'],
  ['brackets that do not match', '{"format_version":"1.2","planned_values":[}}', 'plan-unreadable'],
  [
    'a change without actions',
    plan({ resource_changes: [{ address: 'a.b', type: 'a', change: { actions: [] } }] }),
    'plan-unreadable',
  ],
  [
    'a change without an address',
    plan({ resource_changes: [{ type: 'a', change: { actions: ['create'] } }] }),
    'plan-unreadable',
  ],
  ['changes that are no list', plan({ resource_changes: {} }), 'plan-unreadable'],
])('%s is not judged', (_what, text, expected) => {
  expect(code(read(text))).toBe(expected);
});

test('a plan cut off anywhere is never judged', () => {
  const bytes = fixtureBytes('hop-3.30.7-to-3.31.7');
  const length = bytes.toString().trimEnd().length;
  for (let end = 1; end < length; end += 997) {
    expect(code(() => readPlan(bytes.subarray(0, end)))).toMatch(/^plan-(truncated|unreadable)$/);
  }
  expect(code(() => readPlan(bytes.subarray(0, length - 1)))).toBe('plan-truncated');
});

test('bytes that are no UTF-8 are not judged', () => {
  const bytes = Buffer.from(plan({ terraform_version: 'X' }));
  bytes[bytes.indexOf('"X"') + 1] = 0xff;
  expect(code(() => readPlan(bytes))).toBe('plan-unreadable');
});

test('a later minor version and fields that nobody knows yet are read', () => {
  expect(
    readPlan(Buffer.from(plan({ format_version: '1.9', something_new: { a: [1] } }))).formatVersion,
  ).toBe('1.9');
});

test('a plan without changes is a plan', () => {
  const text = JSON.stringify({ ...planJson(), resource_changes: undefined });
  expect(text).not.toContain('resource_changes');
  expect(readPlan(Buffer.from(text)).changes).toEqual([]);
});

test('changes come in the order of their addresses, whatever the order in the file', () => {
  const changes = ['b.x', 'a.y', 'a.x'].map((address) => change(address, null, { a: 1 }));
  expect(planOf(changes).changes.map((each) => each.address)).toEqual(['a.x', 'a.y', 'b.x']);
});

test.each([
  [['delete', 'create'], 'replace'],
  [['create', 'delete'], 'replace'],
  [['create', 'forget'], 'replace'],
  [['forget'], 'forget'],
  [['read'], 'read'],
  [['open'], 'read'],
  [['no-op'], 'no-op'],
  [['update', 'delete'], 'unrecognized'],
])('the actions %j mean %s', (actions, action) => {
  expect(planOf([change('a.b', { x: 1 }, { x: 2 }, { change: { actions } })]).changes[0]!.action).toBe(
    action,
  );
});

test('unknown values are marked where Terraform leaves them out', () => {
  const { after } = planOf([
    change(
      'a.b',
      null,
      { list: [{ kept: 1 }, null], plain: 'x' },
      {
        change: { after_unknown: { id: true, list: [{ late: true }, true], plain: false } },
      },
    ),
  ]).changes[0]!;
  expect(after).toEqual({ id: UNKNOWN, list: [{ kept: 1, late: UNKNOWN }, UNKNOWN], plain: 'x' });
});

test('modules, keys, moves, imports, deposed and deferred objects keep what identifies them', () => {
  const plan = planOf(
    [
      change('module.a["x.y"].helm_release.r[0]', null, { a: 1 }, { previous_address: 'helm_release.r' }),
      change('a.b', { x: 1 }, null, { deposed: '12ab' }),
      change('a.b', { x: 1 }, { x: 1 }, { change: { importing: { identity: { id: 'x' }, unknown: true } } }),
    ],
    {
      deferred_changes: [
        { reason: 'provider_config_unknown', resource_change: change('a.c', null, { a: 1 }) },
      ],
    },
  );
  expect(
    plan.changes.map((each) => [each.address, each.deposed, each.previousAddress, each.importing]),
  ).toEqual([
    ['a.b', undefined, undefined, null],
    ['a.b', '12ab', undefined, undefined],
    ['module.a["x.y"].helm_release.r[0]', undefined, 'helm_release.r', undefined],
  ]);
  expect(plan.deferred).toMatchObject([{ reason: 'provider_config_unknown', change: { address: 'a.c' } }]);
});

test('data sources of nested modules are found in the state', () => {
  const secret = {
    address: 'module.m.data.kubernetes_secret.s',
    mode: 'data',
    type: 'kubernetes_secret',
    values: { data: {} },
  };
  const plan = planOf([], {
    prior_state: {
      values: { root_module: { child_modules: [{ child_modules: [{ resources: [secret] }] }] } },
    },
  });
  expect(plan.dataReads.map((each) => each.address)).toEqual(['module.m.data.kubernetes_secret.s']);
});

test('a key such as __proto__ is data like any other', () => {
  const text = plan({ resource_changes: [change('a.b', null, { a: 1 })] }).replace(
    '"a":1',
    '"__proto__":{"x":1}',
  );
  expect(code(read(text))).toBe('no fault');
});
