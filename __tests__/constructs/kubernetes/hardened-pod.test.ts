import { hardenedPodSpec, type HardenedPodProps } from '../../../constructs/kubernetes/hardened-pod';
import { MountedFiles } from '../../../constructs/kubernetes/mounted-files';
import { InvalidPropsError } from '../../../constructs/validation';

const owner = { node: { path: 'stack/pod' } };
const props: HardenedPodProps = { name: 'trail', image: 'example.org/trail:1.2.3', args: ['aggregate'] };

interface Container {
  readonly env: readonly object[];
  readonly volumeMount: readonly object[];
  readonly [key: string]: unknown;
}

function specOf(more: Partial<HardenedPodProps> = {}): ReturnType<typeof hardenedPodSpec> {
  return hardenedPodSpec(owner, { ...props, ...more });
}

function containerOf(more: Partial<HardenedPodProps> = {}): Container {
  return (specOf(more).container as unknown as Container[])[0]!;
}

test('a pod can neither be root, nor gain privileges, nor write to its root file system', () => {
  expect(specOf().securityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: '65532',
    runAsGroup: '65532',
    fsGroup: '65532',
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(containerOf()['securityContext']).toEqual({
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('a pod holds no API token unless it names its service account', () => {
  expect(specOf()).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  expect(specOf()).not.toHaveProperty('serviceAccountName');
  expect(specOf({ serviceAccountName: 'sync' })).toMatchObject({
    automountServiceAccountToken: true,
    serviceAccountName: 'sync',
  });
});

test('requests and the memory limit are always there', () => {
  expect(containerOf()['resources']).toEqual({
    requests: { cpu: '10m', memory: '128Mi' },
    limits: { memory: '128Mi' },
  });
  expect(containerOf({ cpuRequest: '50m', memory: '64Mi' })['resources']).toEqual({
    requests: { cpu: '50m', memory: '64Mi' },
    limits: { memory: '64Mi' },
  });
});

test.each(['trail', 'trail:latest', 'registry:5000/trail', 'example.org/trail@sha256:abc'])(
  'the image %s, which may change under its name, is refused',
  (image) => {
    expect(() => specOf({ image })).toThrow(InvalidPropsError);
    expect(() => specOf({ image })).toThrow(`image: "${image}" is not pinned`);
  },
);

test.each(['trail:1.2.3', 'registry:5000/trail:v1', `example.org/trail@sha256:${'a'.repeat(64)}`])(
  'the pinned image %s is accepted',
  (image) => {
    expect(containerOf({ image })['image']).toBe(image);
  },
);

test('variables from Secrets name the Secret and never hold a value', () => {
  const { env } = containerOf({
    environment: { CLUSTER_NAME: 'home' },
    secretEnvironment: { SLACK_WEBHOOK_URL: { secretName: 'slack', key: 'url', optional: true } },
  });
  expect(env).toEqual([
    { name: 'CLUSTER_NAME', value: 'home' },
    {
      name: 'SLACK_WEBHOOK_URL',
      valueFrom: { secretKeyRef: { name: 'slack', key: 'url', optional: true } },
    },
  ]);
});

test('mounted files follow their object: whole folders, read-only, keys for the group alone', () => {
  const files = [
    MountedFiles.fromSecret('pair', '/etc/pair'),
    MountedFiles.fromConfigMap('bundle', '/etc/bundle'),
  ];
  expect(specOf({ files }).volume).toEqual([
    { name: 'pair', secret: { secretName: 'pair', defaultMode: '0440' } },
    { name: 'bundle', configMap: { name: 'bundle', defaultMode: '0444' } },
  ]);
  expect(containerOf({ files }).volumeMount).toEqual([
    { name: 'pair', mountPath: '/etc/pair', readOnly: true },
    { name: 'bundle', mountPath: '/etc/bundle', readOnly: true },
  ]);
});

test('probes reach the path and port that were asked for', () => {
  expect(
    containerOf({ livenessProbe: { path: '/healthz', port: 9090, failureThreshold: 6 } })['livenessProbe'],
  ).toEqual({
    httpGet: { path: '/healthz', port: '9090', scheme: 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  });
});
