import * as z from 'zod';
import { calico, env, paths, ports, serviceIdentity } from '../../contract';
import { TrailError } from '../errors';
import { DEFAULT_SERVICES_PER_PAIR } from '../flow/key-space';
import type { Endpoint } from '../goldmane/connection';
import type { TlsPaths } from '../goldmane/tls-files';
import { databaseSource, type DatabaseSource } from '../store/database';

/** Everything that `trail aggregate` is told by its environment. */
export interface AggregatorConfig {
  readonly goldmane: Endpoint;
  readonly tls: TlsPaths;
  readonly database: DatabaseSource;
  readonly cluster: string;
  readonly multiServiceNamespaces: ReadonlySet<string>;
  readonly maxServicesPerPair: number;
  readonly settleAgeSeconds: number;
  /** UTC days of the daily roll-up kept before the current one; 0 = all. */
  readonly edgeDayRetentionDays: number;
  readonly httpPort: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const schema = z.object({
  [env.goldmaneHost]: z
    .string()
    .regex(
      /^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/,
      'host:port, such as goldmane.calico-system.svc:7443',
    )
    .default(calico.goldmaneHost),
  [env.goldmaneServerName]: z
    .string()
    .regex(/^[A-Za-z0-9.-]*$/, 'a DNS name')
    .default(''),
  [env.goldmaneTlsInsecure]: z.enum(['', 'false', 'true']).default('false'),
  [env.tlsCertPath]: z.string().min(1, 'a path').default(paths.clientCert),
  [env.tlsKeyPath]: z.string().min(1, 'a path').default(paths.clientKey),
  [env.caCertPath]: z.string().min(1, 'a path').default(paths.caBundle),
  [env.clusterName]: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, - and ., at most 63')
    .default('default'),
  [env.multiServiceNamespaces]: z
    .string()
    .default(serviceIdentity.namespaces.join(','))
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    )
    .refine((names) => names.every((name) => namespaceName.test(name)), 'namespaces separated by commas'),
  [env.maxServicesPerPair]: wholeNumber(1, 65_536, DEFAULT_SERVICES_PER_PAIR),
  [env.settleAgeSeconds]: wholeNumber(60, 3_000, 600),
  [env.edgeDayRetentionDays]: wholeNumber(0, 36_500, 400),
  [env.httpPort]: wholeNumber(0, 65_535, ports.http),
  [env.logLevel]: z.enum(LOG_LEVELS).default('info'),
});

/** Names of all environment variables that parseConfig reads. */
export const aggregatorEnvironment: readonly string[] = [
  ...Object.keys(schema.shape),
  env.databaseUrl,
  env.databaseUrlFile,
];

/** Reads the configuration. Throws one TrailError that names every wrong variable, its value and what is allowed. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): AggregatorConfig {
  const parsed = schema.safeParse(environment);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => describe(issue, environment));
  let database: DatabaseSource | undefined;
  try {
    database = databaseSource(environment);
  } catch (error) {
    if (!(error instanceof TrailError)) throw error;
    problems.push(error.problem);
  }
  if (!parsed.success || database === undefined) {
    throw new TrailError(
      'environment',
      problems.join('; '),
      'correct the environment (docs/configuration.md lists every variable)',
    );
  }
  const values = parsed.data;
  const host = values[env.goldmaneHost];
  return {
    goldmane: {
      address: host,
      serverName: values[env.goldmaneServerName] || host.slice(0, host.lastIndexOf(':')),
      insecure: values[env.goldmaneTlsInsecure] === 'true',
    },
    tls: { cert: values[env.tlsCertPath], key: values[env.tlsKeyPath], ca: values[env.caCertPath] },
    database,
    cluster: values[env.clusterName],
    multiServiceNamespaces: new Set(values[env.multiServiceNamespaces]),
    maxServicesPerPair: values[env.maxServicesPerPair],
    settleAgeSeconds: values[env.settleAgeSeconds],
    edgeDayRetentionDays: values[env.edgeDayRetentionDays],
    httpPort: values[env.httpPort],
    logLevel: values[env.logLevel],
  };
}

function wholeNumber(min: number, max: number, otherwise: number) {
  const allowed = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .default(String(otherwise))
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, allowed)
    .transform(Number);
}

function describe(
  issue: z.core.$ZodIssue,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const name = String(issue.path[0]);
  const allowed =
    issue.code === 'invalid_value' ? issue.values.filter((value) => value !== '').join(', ') : issue.message;
  return `${name}='${environment[name] ?? ''}' is not allowed (allowed: ${allowed})`;
}
