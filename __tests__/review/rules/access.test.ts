import { exposedWithoutAuth } from '../../../review/rules/exposed-without-auth';
import { protectedDestroyed } from '../../../review/rules/protected-destroyed';
import { rbacWidened } from '../../../review/rules/rbac-widened';
import { objectDestroyed } from '../../../review/rules/object-destroyed';
import { change, fixture, judged, manifest, operator, planOf, sightings } from '../../support/plan';

type Json = Record<string, unknown>;

const role = (rules: Json[], kind = 'ClusterRole'): Json => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name: 'r' },
  rules,
});
const rule = (verbs: string[], resources: string[], more: Json = {}): Json => ({
  apiGroups: [''],
  resources,
  verbs,
  ...more,
});
const widened = (before: Json | null, after: Json): readonly string[] =>
  judged(rbacWidened, planOf([manifest(before, after)]));

describe('rights', () => {
  const reader = role([rule(['get'], ['pods'])]);

  test.each<[string, Json[], string]>([
    ['a verb', [rule(['get', 'list'], ['pods'])], 'supervise'],
    ['a resource', [rule(['get'], ['pods', 'services'])], 'supervise'],
    [
      'named secrets',
      [rule(['get'], ['pods']), rule(['get'], ['secrets'], { resourceNames: ['tls'] })],
      'supervise',
    ],
    ['all secrets', [rule(['get'], ['pods']), rule(['list'], ['secrets'])], 'refuse'],
    ['every verb', [rule(['*'], ['pods'])], 'refuse'],
    ['every resource', [rule(['get'], ['*'])], 'refuse'],
    ['every group', [rule(['get'], ['pods'], { apiGroups: ['*'] })], 'refuse'],
    ['impersonation', [rule(['get'], ['pods']), rule(['impersonate'], ['users'])], 'refuse'],
    ['commands in pods', [rule(['get'], ['pods']), rule(['create'], ['pods/exec'])], 'refuse'],
    [
      'granting rights',
      [
        rule(['get'], ['pods']),
        rule(['create'], ['rolebindings'], { apiGroups: ['rbac.authorization.k8s.io'] }),
      ],
      'refuse',
    ],
  ])('gaining %s', (_what, rules, severity) => {
    expect(widened(reader, role(rules))).toEqual([severity]);
  });

  test.each<[string, Json[]]>([
    ['the same', [rule(['get'], ['pods'])]],
    ['nothing', []],
    ['a name', [rule(['get'], ['pods'], { resourceNames: ['a'] })]],
  ])('%s is not more', (_what, rules) => {
    expect(widened(reader, role(rules))).toEqual([]);
  });

  test('a wildcard included what is named now', () => {
    expect(
      widened(role([rule(['*'], ['*'], { apiGroups: ['*'] })]), role([rule(['get'], ['secrets'])])),
    ).toEqual([]);
  });

  test('a new role is a notice, a new one that is powerful is refused', () => {
    expect(judged(rbacWidened, fixture('fresh'))).toEqual(['notice']);
    expect(widened(null, role([rule(['*'], ['*'])]))).toEqual(['refuse']);
  });

  const binding = (name: string, subjects: Json[]): Json => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'b' },
    roleRef: { kind: 'ClusterRole', name },
    subjects,
  });
  const app = { kind: 'ServiceAccount', name: 'app', namespace: 'shop' };
  const everybody = { kind: 'Group', name: 'system:authenticated' };

  test.each<[string, Json | null, Json, readonly string[]]>([
    ['a new binding', null, binding('view', [app]), ['notice']],
    ['one more subject', binding('view', []), binding('view', [app]), ['supervise']],
    ['another role', binding('view', [app]), binding('edit', [app]), ['supervise']],
    ['cluster-admin', null, binding('cluster-admin', [app]), ['refuse']],
    ['everybody', binding('view', [app]), binding('view', [app, everybody]), ['refuse']],
    ['fewer subjects', binding('view', [app, everybody]), binding('view', [app]), []],
  ])('%s', (_what, before, after, expected) => {
    expect(widened(before, after)).toEqual(expected);
  });
});

describe('exposure', () => {
  const ingress = (service: string, annotations: Json): Json => ({
    metadata: [{ name: 'i', namespace: 'shop', annotations }],
    spec: [
      { rule: [{ host: 'a.example', http: [{ path: [{ backend: [{ service: [{ name: service }] }] }] }] }] },
    ],
  });
  const auth = { 'nginx.ingress.kubernetes.io/auth-url': 'https://sso.example' };
  const exposed = (before: Json | null, after: Json, more: Json = {}): readonly string[] =>
    judged(exposedWithoutAuth, planOf([change('kubernetes_ingress_v1.i', before, after, more)]));

  test('Whisker without a gate is refused, another service supervised', () => {
    expect(exposed(null, ingress('whisker', {}))).toEqual(['refuse']);
    expect(exposed(null, ingress('web', {}))).toEqual(['supervise']);
  });

  test('a gate that is taken away is told, one that never was is not', () => {
    expect(exposed(ingress('web', auth), ingress('web', {}))).toEqual(['supervise']);
    expect(exposed(ingress('web', {}), ingress('web', { a: 'b' }))).toEqual([]);
  });

  test('middlewares that ask nobody are no gate; annotations that are not known are none either', () => {
    const middlewares = (name: string): Json => ({
      'traefik.ingress.kubernetes.io/router.middlewares': name,
    });
    expect(exposed(null, ingress('whisker', middlewares('traefik-ratelimit@kubernetescrd')))).toEqual([
      'refuse',
    ]);
    expect(
      exposed(null, ingress('whisker', middlewares('traefik-ratelimit@x,traefik-authentik-forward-auth@x'))),
    ).toEqual([]);
    const unknown = { change: { after_unknown: { metadata: [{ annotations: true }] } } };
    expect(exposed(null, ingress('whisker', {}), unknown)).toEqual(['refuse']);
  });

  test('one open route of an IngressRoute is enough to walk in', () => {
    const route = (gated: boolean): Json => ({
      match: 'Host(`a`)',
      services: [{ name: 'whisker' }],
      middlewares: gated ? [{ name: 'forward-auth' }] : [],
    });
    const ingressRoute = (routes: Json[]): Json => ({
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'IngressRoute',
      metadata: { name: 'r', namespace: 'calico-system' },
      spec: { routes },
    });
    expect(
      judged(exposedWithoutAuth, planOf([manifest(null, ingressRoute([route(true), route(false)]))])),
    ).toEqual(['refuse']);
    expect(judged(exposedWithoutAuth, planOf([manifest(null, ingressRoute([route(true)]))]))).toEqual([]);
  });

  test('a Service that turns into a node port', () => {
    const service = (type: string): Json => ({
      metadata: [{ name: 'whisker', namespace: 'calico-system' }],
      spec: [{ type }],
    });
    const plan = planOf([change('kubernetes_service_v1.w', service('ClusterIP'), service('NodePort'))]);
    expect(judged(exposedWithoutAuth, plan)).toEqual(['refuse']);
  });
});

describe('what is protected', () => {
  const gone = (address: string, before: Json, more: Json = {}): readonly string[] =>
    judged(protectedDestroyed, planOf([change(address, before, null, more)]));

  test('a namespace says what goes with it', () => {
    expect(sightings(protectedDestroyed, fixture('namespace-renamed'))).toEqual([
      [
        'refuse kubernetes_namespace_v1.calico_system: Namespace calico-system is deleted and created again, because metadata[0].name changes',
        'everything in the namespace goes with it',
        'of this stack go with it:',
        '  kubernetes_deployment_v1.aggregator',
        '  kubernetes_network_policy_v1.whisker_allow_traefik',
        '  kubernetes_role_v1.whisker_watchdog',
        '  kubernetes_secret_v1.client_tls',
      ].join(' | '),
    ]);
  });

  test("the operator, databases and volumes of anybody's stack", () => {
    expect(gone('helm_release.op', operator('v3.30.7'))).toEqual(['refuse']);
    expect(gone('postgresql_database.edges', { name: 'goldmane_edges' })).toEqual(['refuse']);
    expect(gone('module.db["eu"].aws_db_instance.main[0]', { id: 'x' })).toEqual(['refuse']);
    expect(gone('kubernetes_namespace.old', { metadata: [{ name: 'old' }] })).toEqual(['refuse']);
  });

  test('an init Job that is replaced runs again, no more', () => {
    expect(
      gone('kubernetes_job_v1.i', { metadata: [{ name: 'goldmane-edges-db-init', namespace: 'x' }] }),
    ).toEqual(['supervise']);
  });

  test('forgotten by Terraform is supervised; a deposed leftover is nothing', () => {
    const namespace = { metadata: [{ name: 'n' }] };
    expect(gone('kubernetes_namespace.n', namespace, { change: { actions: ['forget'] } })).toEqual([
      'supervise',
    ]);
    expect(gone('kubernetes_namespace.n', namespace, { deposed: 'ab12' })).toEqual([]);
    expect(
      judged(
        objectDestroyed,
        planOf([change('kubernetes_namespace.n', namespace, null, { deposed: 'ab12' })]),
      ),
    ).toEqual(['notice']);
  });

  test('why something unknown is deleted is told in words', () => {
    const plan = planOf([
      change('aws_s3_bucket.b["x"]', { a: 1 }, null, { action_reason: 'delete_because_each_key' }),
    ]);
    expect(sightings(objectDestroyed, plan)[0]).toContain('its key is no longer in for_each');
  });
});
