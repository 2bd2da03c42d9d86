import type { V1Pod, V1Service } from '@kubernetes/client-node';

/** Label that everything of the probe carries: by it leftovers are found and removed. */
export const PROBE_LABEL = 'goldmane-trail.dev/probe';

const PORT = 8080;

/** What every pod of the probe may and may not do: nothing but run its script. */
function pod(name: string, run: string, node: string, image: string, script: string): V1Pod {
  return {
    metadata: {
      name,
      labels: {
        [PROBE_LABEL]: run,
        'goldmane-trail.dev/role': name.includes('server') ? 'server' : 'client',
      },
    },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      // It ends by itself even if nobody is left to delete it.
      activeDeadlineSeconds: 300,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image,
          command: ['/bin/sh', '-c', script],
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

/** Answers HTTP on one node. */
export function serverPod(run: string, node: string, image: string): V1Pod {
  return pod(`trail-probe-server-${run}`, run, node, image, `exec httpd -f -v -p ${PORT} -h /etc`);
}

/** The service in front of it. */
export function probeService(run: string): V1Service {
  return {
    metadata: { name: `trail-probe-${run}`, labels: { [PROBE_LABEL]: run } },
    spec: {
      selector: { [PROBE_LABEL]: run, 'goldmane-trail.dev/role': 'server' },
      ports: [{ port: PORT, targetPort: PORT }],
    },
  };
}

/** Asks it from another node: pod to pod, DNS, pod to service by its cluster IP. Prints a line for each. */
export function clientPod(
  run: string,
  index: number,
  node: string,
  image: string,
  target: { readonly podIP: string; readonly clusterIP: string; readonly namespace: string },
): V1Pod {
  const fetch = (host: string): string =>
    `wget -q -T 5 -O /dev/null http://${bracketed(host)}:${PORT}/hostname`;
  const check = (name: string, command: string): string =>
    // Three attempts: a packet may get lost while a neighbour restarts.
    `ok=no; for i in 1 2 3; do if ${command} >/dev/null 2>&1; then ok=yes; break; fi; sleep 1; done; echo "${name} $ok"`;
  const script = [
    check('pod', fetch(target.podIP)),
    check('service', fetch(target.clusterIP)),
    check('dns', `nslookup trail-probe-${run}.${target.namespace}.svc.cluster.local`),
  ].join('; ');
  return pod(`trail-probe-client-${run}-${index}`, run, node, image, script);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
