import type { Plan } from '../../review/plan/plan';
import type { Severity } from '../../review/rule';
import { rules } from '../../review/rules';
import { change, fixture, judged, manifest, operator, OPERATOR_VALUES, planOf, state } from '../support/plan';

const policy = (spec: object, name = 'p'): Record<string, unknown> => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec,
});
const gnp = (egress: object[]): Record<string, unknown> => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'observe' },
  spec: { selector: 'all()', types: ['Egress'], egress },
});
const role = (verbs: string[]): Record<string, unknown> => ({
  metadata: [{ name: 'r', namespace: 'shop' }],
  rule: [{ api_groups: [''], resources: ['pods'], verbs }],
});
const deployment = (image: string): Record<string, unknown> => ({
  metadata: [{ name: 'web', namespace: 'shop' }],
  spec: [{ template: [{ metadata: [{}], spec: [{ container: [{ name: 'web', image, resources: [] }] }] }] }],
});
const ingress = (annotations: object, service = 'web'): Record<string, unknown> => ({
  metadata: [{ name: 'i', namespace: 'shop', annotations }],
  spec: [
    { rule: [{ host: 'a.example', http: [{ path: [{ backend: [{ service: [{ name: service }] }] }] }] }] },
  ],
});
const data = { input: 'a' };
const release = 'helm_release.op';

/** For each rule a plan that triggers it, with the worst that it then reports, and one that does not. */
const examples: Readonly<Record<string, { triggers: Plan; worst: Severity; quiet: Plan }>> = {
  'calico-node-rolls': { triggers: fixture('disable-goldmane'), worst: 'supervise', quiet: fixture('adopt') },
  'data-plane-ownership': {
    triggers: planOf([
      change(release, operator('v3.30.7'), operator('v3.30.7', { ...OPERATOR_VALUES, installation: {} })),
    ]),
    worst: 'refuse',
    quiet: fixture('fresh'),
  },
  'version-hop': {
    triggers: planOf([change(release, operator('v3.26.1'), operator('v3.30.7'))]),
    worst: 'refuse',
    quiet: fixture('adopt'),
  },
  'crds-first': {
    triggers: planOf([change(release, operator('v3.30.7'), operator('v3.32.1'))]),
    worst: 'refuse',
    quiet: planOf([change(release, operator('v3.30.6'), operator('v3.30.7'))]),
  },
  'protected-destroyed': {
    triggers: fixture('namespace-renamed'),
    worst: 'refuse',
    quiet: fixture('disable-goldmane'),
  },
  'observability-lost': {
    triggers: fixture('disable-goldmane'),
    worst: 'supervise',
    quiet: fixture('fresh'),
  },
  'exposed-without-auth': {
    triggers: planOf([change('kubernetes_ingress_v1.i', null, ingress({}, 'whisker'))]),
    worst: 'refuse',
    quiet: planOf([
      change(
        'kubernetes_ingress_v1.i',
        null,
        ingress(
          { 'traefik.ingress.kubernetes.io/router.middlewares': 'traefik-forward-auth@kubernetescrd' },
          'whisker',
        ),
      ),
    ]),
  },
  'network-policy-opened': { triggers: fixture('policy-opened'), worst: 'refuse', quiet: fixture('fresh') },
  'network-policy-tightened': {
    triggers: planOf([manifest(policy({ ingress: [{}] }), policy({ ingress: [] }))]),
    worst: 'supervise',
    quiet: fixture('policy-opened'),
  },
  'egress-enforced': {
    triggers: planOf([manifest(gnp([{ action: 'Log' }, { action: 'Allow' }]), gnp([{ action: 'Deny' }]))]),
    worst: 'supervise',
    quiet: planOf([manifest(gnp([{ action: 'Allow' }]), gnp([{ action: 'Log' }, { action: 'Allow' }]))]),
  },
  'rbac-widened': {
    triggers: planOf([change('kubernetes_role_v1.r', role(['get']), role(['get', '*']))]),
    worst: 'refuse',
    quiet: planOf([change('kubernetes_role_v1.r', role(['get', 'list']), role(['get']))]),
  },
  'secret-visible': {
    triggers: planOf([
      change('kubernetes_secret_v1.s', null, { metadata: [{ name: 's' }], data: { key: 'hunter22' } }),
    ]),
    worst: 'refuse',
    quiet: fixture('fresh'),
  },
  'object-destroyed': {
    triggers: planOf([change('aws_s3_bucket.b', data, null)]),
    worst: 'supervise',
    quiet: fixture('image-and-memory'),
  },
  forgotten: {
    triggers: planOf([change('aws_s3_bucket.b', data, null, { change: { actions: ['forget'] } })]),
    worst: 'supervise',
    quiet: planOf([change('aws_s3_bucket.b', data, null)]),
  },
  'workload-restarts': {
    triggers: planOf([change('kubernetes_daemonset.web', deployment('a:1'), deployment('a:2'))]),
    worst: 'supervise',
    quiet: fixture('no-op'),
  },
  'image-unpinned': {
    triggers: planOf([change('kubernetes_deployment_v1.web', null, deployment('bitnami/kubectl:latest'))]),
    worst: 'supervise',
    quiet: planOf([change('kubernetes_deployment_v1.web', null, deployment('registry:5000/a/b:1.2.3'))]),
  },
  'image-changed': {
    triggers: planOf([
      change('kubernetes_deployment_v1.web', deployment('ghcr.io/a/b:1'), deployment('evil.example/a/b:1')),
    ]),
    worst: 'supervise',
    quiet: fixture('fresh'),
  },
  'memory-lowered': { triggers: fixture('image-and-memory'), worst: 'supervise', quiet: fixture('fresh') },
  'unknown-value': {
    triggers: planOf([
      change(release, operator('v3.30.7'), operator(null), { change: { after_unknown: { version: true } } }),
    ]),
    worst: 'supervise',
    quiet: fixture('fresh'),
  },
  'not-understood': {
    triggers: planOf([change('terraform_data.d', data, data, { change: { actions: ['transmogrify'] } })]),
    worst: 'refuse',
    quiet: fixture('fresh'),
  },
  'plan-incomplete': {
    triggers: planOf([], { complete: false }),
    worst: 'supervise',
    quiet: fixture('fresh'),
  },
  'check-failed': {
    triggers: planOf([], {
      checks: [
        {
          address: { to_display: 'check.up' },
          status: 'fail',
          instances: [{ problems: [{ message: 'down' }] }],
        },
      ],
    }),
    worst: 'supervise',
    quiet: planOf([], { checks: [{ address: { to_display: 'check.up' }, status: 'pass' }] }),
  },
  adoption: {
    triggers: planOf([
      change(release, operator('v3.30.6'), operator('v3.30.7'), {
        change: { importing: { id: 'tigera-operator/calico' } },
      }),
    ]),
    worst: 'supervise',
    quiet: fixture('fresh'),
  },
  'drift-found': {
    triggers: planOf([], {
      resource_drift: [change('kubernetes_role_v1.r', role(['get']), role(['get', 'delete']))],
    }),
    worst: 'supervise',
    quiet: fixture('no-op'),
  },
  'provider-changed': {
    triggers: planOf([], {
      prior_state: state([{ address: 'a.b', provider_name: 'registry.terraform.io/x/a', schema_version: 0 }]),
      planned_values: state([
        { address: 'a.b', provider_name: 'registry.terraform.io/y/a', schema_version: 0 },
      ])['values'],
    }),
    worst: 'supervise',
    quiet: fixture('hop-3.30.7-to-3.31.7'),
  },
  'state-empty': { triggers: fixture('fresh'), worst: 'supervise', quiet: fixture('adopt') },
  'unfamiliar-type': {
    triggers: planOf([change('aws_s3_bucket.b', null, data)]),
    worst: 'notice',
    quiet: fixture('fresh'),
  },
};

test('every rule has an example of each sort', () => {
  expect(Object.keys(examples).sort()).toEqual(rules.map((rule) => rule.id).sort());
});

const order: readonly Severity[] = ['notice', 'supervise', 'refuse'];

describe.each(rules)('$id', (rule) => {
  const example = examples[rule.id]!;

  test('reports its plan, as bad as it is', () => {
    const found = judged(rule, example.triggers);
    expect(found.length).toBeGreaterThan(0);
    expect(order[Math.max(...found.map((each) => order.indexOf(each)))]).toBe(example.worst);
  });

  test('is silent about the other one', () => {
    expect(judged(rule, example.quiet)).toEqual([]);
  });

  test('says what a reader needs', () => {
    expect(rule.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const text of [rule.title, rule.cause, rule.explanation, rule.remedy])
      expect(text.length).toBeGreaterThan(10);
    expect(order.indexOf(example.worst)).toBeLessThanOrEqual(order.indexOf(rule.severity));
  });
});
