/** One port of a service: where it listens before and after DNAT. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Pods of one kind, as Goldmane names them, and the service before them. */
export interface Workload {
  readonly namespace: string;
  /** `web-7d9f-*`, or the pod's own name for a StatefulSet. */
  readonly pods: string;
  readonly labels: readonly string[];
  readonly service?: string;
  readonly ports: readonly ServicePort[];
}

const port = (
  name: string,
  number: number,
  { target = number, protocol = 'tcp' }: { target?: number; protocol?: ServicePort['protocol'] } = {},
): ServicePort => ({
  name,
  port: number,
  targetPort: target,
  protocol,
});

/** A workload of a namespace with several services, told apart by the label. */
const shared = (
  namespace: string,
  service: string,
  pods: string,
  ...ports: readonly ServicePort[]
): Workload => ({
  namespace,
  pods,
  labels: [`app.kubernetes.io/name=${service}`, `service-identity=${service}`],
  service,
  ports,
});

const alone = (namespace: string, ...ports: readonly ServicePort[]): Workload => ({
  namespace,
  pods: `${namespace}-6c4f8d7b9-*`,
  labels: [`app.kubernetes.io/name=${namespace}`],
  service: namespace,
  ports,
});

/** Platform services that applications use. */
export const platform = {
  dns: shared(
    'kube-system',
    'kube-dns',
    'coredns-7db6d8ff4d-*',
    port('dns', 53, { protocol: 'udp' }),
    port('dns-tcp', 53),
    port('metrics', 9153),
  ),
  metricsServer: shared(
    'kube-system',
    'metrics-server',
    'metrics-server-587b667b55-*',
    port('https', 443, { target: 10250 }),
  ),
  postgres: shared('dbaas', 'pg-cluster', 'pg-cluster-1', port('postgres', 5432)),
  mysql: shared('dbaas', 'mysql', 'mysql-0', port('mysql', 3306)),
  prometheus: shared('monitoring', 'prometheus', 'prometheus-server-0', port('http', 80, { target: 9090 })),
  grafana: shared('monitoring', 'grafana', 'grafana-64c8d9f7b-*', port('http', 80, { target: 3000 })),
  loki: shared('monitoring', 'loki', 'loki-0', port('http', 3100)),
  alertmanager: shared('monitoring', 'alertmanager', 'alertmanager-0', port('http', 9093)),
  redis: alone('redis', port('redis', 6379)),
  traefik: alone('traefik', port('websecure', 443, { target: 8443 }), port('metrics', 9100)),
  vault: alone('vault', port('https', 8200)),
  authentik: alone('authentik', port('http', 80, { target: 9000 })),
  mailserver: alone('mailserver', port('smtp', 587)),
  mosquitto: alone('mosquitto', port('mqtt', 1883)),
  externalSecrets: alone('external-secrets', port('metrics', 8080)),
  certManager: alone('cert-manager', port('metrics', 9402)),
  descheduler: alone('descheduler', port('metrics', 10258)),
} as const;

/** Applications that people use, each in a namespace of its own, behind traefik. */
export const applications: readonly Workload[] = [
  'affine',
  'dawarich',
  'ebooks',
  'f1-stream',
  'forgejo',
  'hackmd',
  'home-assistant',
  'homepage',
  'immich',
  'n8n',
  'nextcloud',
  'openclaw',
  'paperless-ngx',
  'postiz',
  'recruiter-responder',
  'servarr',
  'tandoor',
  'technitium',
  'trading-bot',
  'vaultwarden',
  'woodpecker',
].map((namespace) => alone(namespace, port('http', 80, { target: 8080 }), port('metrics', 9091)));
