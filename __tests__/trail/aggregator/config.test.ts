import { env } from '../../../contract';
import { aggregatorEnvironment, parseConfig } from '../../../trail/aggregator/config';

const minimal = { [env.databaseUrl]: 'postgresql://trail@db:5432/edges' };

test('a pod of the stack needs no more than its database: the defaults are what the stack mounts', () => {
  expect(parseConfig(minimal)).toEqual({
    goldmane: {
      address: 'goldmane.calico-system.svc.cluster.local:7443',
      serverName: 'goldmane.calico-system.svc.cluster.local',
      insecure: false,
    },
    tls: {
      cert: '/etc/goldmane/tls/tls.crt',
      key: '/etc/goldmane/tls/tls.key',
      ca: '/etc/goldmane/ca/tigera-ca-bundle.crt',
    },
    database: { url: 'postgresql://trail@db:5432/edges' },
    cluster: 'default',
    multiServiceNamespaces: new Set(['monitoring', 'kube-system', 'dbaas']),
    settleAgeSeconds: 600,
    edgeDayRetentionDays: 400,
    maxServicesPerPair: 256,
    httpPort: 9090,
    logLevel: 'info',
  });
});

test('every wrong variable is named at once, with its value and what is allowed', () => {
  const attempt = (): unknown =>
    parseConfig({
      [env.goldmaneHost]: 'goldmane',
      [env.goldmaneTlsInsecure]: 'yes',
      [env.clusterName]: 'West 1',
      [env.multiServiceNamespaces]: 'ok,NOT_OK',
      [env.settleAgeSeconds]: '5',
      [env.edgeDayRetentionDays]: '-1',
      [env.httpPort]: '99999',
      [env.logLevel]: 'loud',
    });
  for (const part of [
    "GOLDMANE_HOST='goldmane' is not allowed (allowed: host:port",
    "GOLDMANE_TLS_INSECURE='yes' is not allowed (allowed: false, true)",
    "CLUSTER_NAME='West 1'",
    "MULTI_SERVICE_NAMESPACES='ok,NOT_OK'",
    "SETTLE_AGE_SECONDS='5' is not allowed (allowed: a whole number from 60 to 3000)",
    "EDGE_DAY_RETENTION_DAYS='-1' is not allowed (allowed: a whole number from 0 to 36500)",
    "HTTP_PORT='99999' is not allowed (allowed: a whole number from 0 to 65535)",
    "LOG_LEVEL='loud' is not allowed (allowed: trace, debug",
    'neither DATABASE_URL_FILE nor DATABASE_URL is set',
  ]) {
    expect(attempt).toThrow(part);
  }
});

test('the list of variables is what is read', () => {
  const read = new Set<string>();
  const spy = new Proxy<Record<string, string>>(minimal, {
    get: (target, name) => {
      read.add(String(name));
      return target[String(name)];
    },
  });
  parseConfig(spy);
  expect([...read].filter((name) => name.toUpperCase() === name).sort()).toEqual(
    [...aggregatorEnvironment].sort(),
  );
});
