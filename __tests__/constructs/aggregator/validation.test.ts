import { AggregatorNamespace } from '../../../constructs/aggregator/aggregator-namespace';
import { DatabaseStaticRole } from '../../../constructs/aggregator/database-static-role';
import { EdgeAggregator, type EdgeAggregatorProps } from '../../../constructs/aggregator/edge-aggregator';
import { synthConstruct } from '../../support/synth';

type Build = Parameters<typeof synthConstruct>[0];

const messageOf = (build: Build): string => {
  try {
    synthConstruct(build);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

const aggregator: EdgeAggregatorProps = {
  image: 'example.org/trail:1.0.0',
  clusterName: 'home',
  goldmaneHost: 'goldmane:7443',
  multiServiceNamespaces: [],
  settleAgeSeconds: 600,
  maxServicesPerPair: 256,
  edgeDayRetentionDays: 400,
  logLevel: 'info',
  databaseSecret: 'db',
  dependsOn: [],
};

test('a namespace label that the construct owns, and a tier that is no label value', () => {
  const message = messageOf(
    (scope) => new AggregatorNamespace(scope, 'ns', { tier: 'not valid', labels: { tier: 'x' } }),
  );
  expect(message).toMatch(/2 problems[^]*tier: "not valid" is not a label value[^]*labels: tier is set by/);
});

test('a third replica would only ever stand by', () => {
  const message = messageOf((scope) => new EdgeAggregator(scope, 'agg', { ...aggregator, replicas: 3 }));
  expect(message).toContain('replicas: 3 is not allowed; 1, or 2 where the second stands by');
});

test('verification off without a reason, and a reason without it', () => {
  expect(
    messageOf((scope) => new EdgeAggregator(scope, 'agg', { ...aggregator, goldmaneTlsInsecure: true })),
  ).toContain('give the reason in goldmaneTlsInsecureReason');
  expect(
    messageOf(
      (scope) => new EdgeAggregator(scope, 'agg', { ...aggregator, goldmaneTlsInsecureReason: 'lab' }),
    ),
  ).toContain('goldmaneTlsInsecure is false; remove the reason');
});

test.each([0, 366, 1.5])('a rotation every %d days', (rotationDays) => {
  const props = { name: 'r', mount: 'database', connection: 'pg', dependsOn: [], rotationDays };
  expect(messageOf((scope) => new DatabaseStaticRole(scope, 'role', props))).toContain(
    `rotationDays: ${rotationDays} is not allowed; use whole days, 1 to 365`,
  );
});
