import {
  NetworkPeer,
  NetworkPolicy,
  NetworkPort,
  type NetworkPolicyProps,
} from '../../../constructs/kubernetes/network-policy';
import { synthConstruct } from '../../support/synth';

const props: NetworkPolicyProps = { namespace: 'app', name: 'allow', podLabels: { app: 'web' }, egress: [] };

const specOf = (more: Partial<NetworkPolicyProps>): unknown =>
  synthConstruct((scope) => new NetworkPolicy(scope, 'policy', { ...props, ...more })).resource(
    'kubernetes_network_policy_v1.policy',
  )['spec'];

test('an empty list denies all of its direction, and says nothing about the other', () => {
  expect(specOf({})).toEqual({
    pod_selector: { match_labels: { app: 'web' } },
    policy_types: ['Egress'],
    egress: [],
  });
  expect(specOf({ egress: undefined, ingress: [] })).toMatchObject({ policy_types: ['Ingress'] });
});

test('peers and ports of a rule: pods by labels, whole namespaces, addresses with exceptions', () => {
  const rule = {
    peers: [
      NetworkPeer.pods('kube-system', { 'k8s-app': 'kube-dns' }),
      NetworkPeer.pods('dbaas'),
      NetworkPeer.addresses('0.0.0.0/0', ['10.0.0.0/8']),
    ],
    ports: [NetworkPort.udp(53), NetworkPort.tcp(443)],
  };
  expect(specOf({ egress: [rule] })).toMatchObject({
    egress: [
      {
        to: [
          {
            namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            pod_selector: { match_labels: { 'k8s-app': 'kube-dns' } },
          },
          { namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'dbaas' } } },
          { ip_block: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } },
        ],
        ports: [
          { protocol: 'UDP', port: '53' },
          { protocol: 'TCP', port: '443' },
        ],
      },
    ],
  });
});

test('a policy without a direction, a rule without peers, a port out of range: all told at once', () => {
  const peers = [NetworkPeer.pods('dbaas')];
  expect(() => specOf({ egress: undefined })).toThrow('neither is given');
  // Kubernetes would read it as "any peer".
  expect(() => specOf({ egress: [{ peers: [], ports: [NetworkPort.tcp(70_000)] }] })).toThrow(
    /2 problems[^]*without peers or without ports would allow all[^]*70000 is not a port/,
  );
  expect(() => specOf({ egress: [{ peers, ports: [] }] })).toThrow('would allow all of them');
});

test('an adopted policy is imported by namespace and name', () => {
  const stack = synthConstruct((scope) => new NetworkPolicy(scope, 'policy', { ...props, adopt: true }));
  expect(stack.imports).toEqual({ 'kubernetes_network_policy_v1.policy': 'app/allow' });
});
