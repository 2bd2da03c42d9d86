import { Random } from '../goldmane/random';
import { applications, platform, type Workload } from './workloads';

/** An end that is no pod: a node, a public or private address, a set of addresses. */
export interface Outside {
  readonly outside: 'host' | 'network' | 'network-set';
  readonly name: string;
}

/** Who connects to whom, how often and how it ends. */
export interface Talk {
  readonly from: Workload | Outside;
  readonly to: Workload | Outside;
  /** Name of the port of a workload's service, or a number outside. */
  readonly port: string | number;
  /** It happens in every so many windows. */
  readonly everyWindows: number;
  readonly verdict: 'allow' | 'pass' | 'denied-at-egress' | 'denied-at-ingress';
  /** Window, counted from the start of the simulation, that it happens in for the first time. */
  readonly since: number;
}

type Ending = Partial<Pick<Talk, 'everyWindows' | 'verdict' | 'since'>>;

const talk = (from: Talk['from'], to: Talk['to'], port: Talk['port'], ending: Ending = {}): Talk => ({
  from,
  to,
  port,
  everyWindows: 1,
  verdict: 'allow',
  since: -Infinity,
  ...ending,
});

const internet: Outside = { outside: 'network', name: 'pub' };
const lan: Outside = { outside: 'network', name: 'pvt' };
const backupTargets: Outside = { outside: 'network-set', name: 'backup-targets' };
const node: Outside = { outside: 'host', name: 'k8s-node2' };

const app = (namespace: string): Workload => {
  const found = applications.find((candidate) => candidate.namespace === namespace);
  if (found === undefined) throw new RangeError(`no application ${namespace}`);
  return found;
};

const users = {
  postgres: [
    'affine',
    'dawarich',
    'forgejo',
    'hackmd',
    'immich',
    'n8n',
    'paperless-ngx',
    'postiz',
    'tandoor',
  ],
  mysql: ['nextcloud', 'ebooks'],
  redis: ['forgejo', 'hackmd', 'immich', 'n8n', 'nextcloud', 'paperless-ngx', 'postiz'],
  authentik: ['forgejo', 'immich', 'nextcloud', 'paperless-ngx'],
  mail: ['nextcloud', 'vaultwarden', 'recruiter-responder'],
} as const;

/** What goes on from the first window on. */
const settled: readonly Talk[] = [
  ...[...applications, platform.grafana, platform.authentik].flatMap((client) => [
    talk(client, platform.dns, 'dns'),
    talk(client, platform.dns, 'dns-tcp', { everyWindows: 8 }),
  ]),
  ...applications.flatMap((target, index) => [
    talk(platform.traefik, target, 'http', { everyWindows: 2 + (index % 3) }),
    talk(platform.prometheus, target, 'metrics', { everyWindows: 4 }),
    talk(node, target, 'http', { everyWindows: 4 }),
  ]),
  ...users.postgres.map((name) => talk(app(name), platform.postgres, 'postgres', { everyWindows: 2 })),
  ...users.mysql.map((name) => talk(app(name), platform.mysql, 'mysql', { everyWindows: 2 })),
  ...users.redis.map((name) => talk(app(name), platform.redis, 'redis')),
  ...users.authentik.map((name) => talk(app(name), platform.authentik, 'http', { everyWindows: 4 })),
  ...users.mail.map((name) => talk(app(name), platform.mailserver, 'smtp', { everyWindows: 24 })),
  ...[platform.traefik, platform.vault, platform.certManager, platform.externalSecrets].map((target) =>
    talk(platform.prometheus, target, target.ports.at(-1)?.name ?? '', { everyWindows: 4 }),
  ),
  talk(platform.prometheus, platform.dns, 'metrics', { everyWindows: 4 }),
  talk(platform.prometheus, platform.alertmanager, 'http', { everyWindows: 8 }),
  talk(platform.prometheus, platform.metricsServer, 'https', { everyWindows: 8 }),
  talk(platform.grafana, platform.prometheus, 'http', { everyWindows: 3 }),
  talk(platform.grafana, platform.loki, 'http', { everyWindows: 3 }),
  talk(platform.grafana, platform.postgres, 'postgres', { everyWindows: 6 }),
  talk(platform.traefik, platform.grafana, 'http', { everyWindows: 5 }),
  talk(platform.traefik, platform.authentik, 'http'),
  talk(platform.authentik, platform.postgres, 'postgres'),
  talk(platform.authentik, platform.redis, 'redis'),
  talk(platform.alertmanager, internet, 443, { everyWindows: 20 }),
  talk(platform.externalSecrets, platform.vault, 'https', { everyWindows: 20 }),
  talk(platform.postgres, platform.postgres, 'postgres'),
  talk(app('home-assistant'), platform.mosquitto, 'mqtt', { verdict: 'pass' }),
  talk(app('home-assistant'), lan, 8123),
  talk(app('immich'), backupTargets, 2049, { everyWindows: 3 }),
  talk(app('servarr'), internet, 443),
  talk(app('trading-bot'), internet, 443),
  talk(internet, platform.traefik, 'websecure'),
  talk(lan, platform.traefik, 'websecure', { everyWindows: 2 }),
  talk(app('n8n'), platform.vault, 'https', { everyWindows: 5, verdict: 'denied-at-egress' }),
  talk(app('recruiter-responder'), internet, 25, { everyWindows: 9, verdict: 'denied-at-egress' }),
  talk(app('openclaw'), platform.postgres, 'postgres', { everyWindows: 3 }),
  talk(app('openclaw'), platform.mysql, 'mysql', { everyWindows: 3, verdict: 'denied-at-ingress' }),
  talk(app('woodpecker'), app('forgejo'), 'http', { everyWindows: 2 }),
  talk(app('homepage'), app('immich'), 'http', { everyWindows: 6 }),
];

const NEWCOMERS = 48;
const HISTORIC_NEWCOMERS = 6;
const WINDOWS_BETWEEN_HISTORIC = 30;
const WINDOWS_BETWEEN_LIVE = 4;

/**
 * All talks of the homelab. Every now and then two that never talked begin to: six times in the hour before
 * the simulation's start, then once a minute.
 */
export function homelabTalks(seed: number): readonly Talk[] {
  const random = new Random('newcomers', seed);
  const services = [platform.vault, platform.redis, platform.mailserver, platform.loki, platform.authentik];
  const strangers = applications
    .flatMap((from) => [...services, ...applications].map((to) => ({ from, to })))
    .filter(
      ({ from, to }) => from !== to && !settled.some((known) => known.from === from && known.to === to),
    );
  const newcomers = random.shuffled(strangers).slice(0, NEWCOMERS);
  return [
    ...settled,
    ...newcomers.map(({ from, to }, index) => {
      const live = index - HISTORIC_NEWCOMERS;
      const since = live < 0 ? live * WINDOWS_BETWEEN_HISTORIC : 1 + live * WINDOWS_BETWEEN_LIVE;
      const denied = random.pick<Talk['verdict']>(['denied-at-egress', 'denied-at-ingress']);
      const verdict = random.chance(0.2) ? denied : 'allow';
      return talk(from, to, to.ports[0]?.name ?? '', { since, everyWindows: random.integer(1, 6), verdict });
    }),
  ];
}
