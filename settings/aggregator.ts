import * as z from 'zod';
import { calico, ports, serviceIdentity } from '../contract';
import { imageSettings } from './image';
import { cidr, cpuQuantity, cronSchedule, dnsLabel, hostName, memoryQuantity } from './kubernetes';
import { secretSettings } from './secrets';

/** Parts of the stack that a running cluster may have already. */
export const adoptableAggregatorParts = [
  'namespace',
  'network-policies',
  'ca-config-map',
  'certificate-sync',
  'database-init',
  'external-secrets',
  'vault-static-role',
  'aggregator',
  'digest',
  'monitoring',
] as const;

const namespace = z.strictObject({
  tier: z.string().min(1).default('4-aux').describe('Value of the label `tier`'),
  keelEnrolled: z
    .boolean()
    .default(false)
    .describe('Label keel.sh/enrolled: lets the update controller Keel move image tags'),
  podSecurity: z
    .enum(['restricted', 'unset'])
    .default('restricted')
    .describe('Pod Security Standard that the namespace enforces; unset leaves its label alone'),
  labels: z.record(z.string(), z.string()).default({}).describe('More labels of the namespace'),
});

const goldmane = z.strictObject({
  host: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?:\d{1,5}$/i, 'host:port')
    .default(calico.goldmaneHost)
    .describe("Goldmane's address"),
  serverName: hostName
    .optional()
    .describe("Name that Goldmane's certificate must carry; default: the host of the address"),
  tlsInsecure: z.boolean().default(false).describe('Turns certificate verification off; needs a reason'),
  tlsInsecureReason: z
    .string()
    .min(10)
    .optional()
    .describe('Why verification is off; recorded as an annotation of the Deployment'),
});

const databaseServer = z.strictObject({
  host: hostName
    .default('pg-cluster-rw.dbaas.svc.cluster.local')
    .describe('PostgreSQL server, reached from inside the cluster'),
  port: z.int().min(1).max(65535).default(ports.postgres).describe('Its port'),
  encrypt: z
    .boolean()
    .default(false)
    .describe("Connects over TLS, without a check of the server's certificate (sslmode=no-verify)"),
  init: z
    .boolean()
    .default(true)
    .describe('Runs the Job that makes role and database; false where another stack does'),
});

const digest = z.strictObject({
  schedule: cronSchedule.default('0 8 * * *').describe('When new edges are told'),
  timeZone: z.string().min(1).default('Europe/London').describe('IANA time zone of the schedule'),
  slackChannel: z
    .string()
    .regex(/^#[a-z0-9_-]{1,80}$/, 'a Slack channel, e.g. "#alerts"')
    .default('#alerts')
    .describe('Where they are told'),
});

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

const network = z.strictObject({
  dnsAddresses: z
    .array(cidr)
    .optional()
    .describe('Where DNS answers besides its pods; default: calico.whisker.dnsAddress'),
  databaseNamespace: dnsLabel
    .nullable()
    .default('dbaas')
    .describe('Namespace that the PostgreSQL pods run in; null where it runs outside the cluster'),
  databasePodLabels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Labels of the PostgreSQL pods, e.g. cnpg.io/cluster: pg-cluster; empty = the whole namespace'),
  databaseCidrs: z.array(cidr).default([]).describe('Addresses of a PostgreSQL outside the cluster'),
  apiServerServiceAddress: cidr
    .default('10.96.0.1/32')
    .describe('ClusterIP of the Service kubernetes in the namespace default'),
  apiServerCidrs: z
    .array(cidr)
    .min(1)
    .default(privateRanges)
    .describe('Where the API server can be: the control plane nodes'),
  apiServerPort: z.int().min(1).max(65535).default(ports.kubernetesApi).describe('Its port there'),
  slackCidrs: z
    .array(cidr)
    .min(1)
    .default(['0.0.0.0/0'])
    .describe('Where Slack, or the proxy to it, can be; private ranges are left out of 0.0.0.0/0'),
  monitoringNamespace: dnsLabel
    .nullable()
    .default('monitoring')
    .describe('Namespace whose pods may read the metrics; null = nobody'),
});

const monitoring = z.strictObject({
  scrapeAnnotations: z.boolean().default(true).describe('prometheus.io annotations on the pods'),
  serviceMonitor: z.boolean().default(false).describe('Needs the CRDs of the Prometheus operator'),
  prometheusRule: z.boolean().default(false).describe('Needs the CRDs of the Prometheus operator'),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Labels by which the Prometheus operator selects both, e.g. release: prometheus'),
  runbookUrl: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .nullable()
    .default(null)
    .describe('Where people read docs/runbook.md; alerts link to it. null = they name the path'),
});

/** The goldmane-edge-aggregator stack: image, secrets, database, digest, network, monitoring. */
export const aggregatorSettings = z.strictObject({
  adopt: z
    .union([z.boolean(), z.array(z.enum(adoptableAggregatorParts))])
    .default(false)
    .describe('What exists already and is imported: everything, nothing, or a list of parts'),
  image: imageSettings,
  imageManagedBy: z
    .enum(['terraform', 'ci'])
    .default('terraform')
    .describe("ci: Terraform sets the Deployment's image once and then leaves it to your pipeline"),
  imagePullSecret: dnsLabel.optional().describe('Secret in the namespace for pulling the image'),
  replicas: z.int().min(1).max(2).default(1).describe('2 = one works, one stands by'),
  cpuRequest: cpuQuantity
    .default('10m')
    .describe("The aggregator's share of a busy node; there is no CPU limit"),
  memory: memoryQuantity.default('128Mi').describe('Memory request and limit of the aggregator'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('What the aggregator logs'),
  settleAgeSeconds: z
    .int()
    .min(60)
    .max(3000)
    .default(600)
    .describe(
      'Age at which a window is read again, late reports included, and settled; below 450, the nodes of a restarted Goldmane may still be sending',
    ),
  maxServicesPerPair: z
    .int()
    .min(1)
    .max(65_536)
    .default(256)
    .describe(
      'Services (name, protocol, port) of one namespace pair that are told apart; the rest in one row',
    ),
  edgeDayRetentionDays: z
    .int()
    .min(0)
    .max(36_500)
    .default(400)
    .describe('UTC days that the daily roll-up keeps; edges themselves are kept for ever. 0 = all days'),
  multiServiceNamespaces: z
    .array(dnsLabel)
    .default([...serviceIdentity.namespaces])
    .describe(`Namespaces whose services the label \`${serviceIdentity.label}\` tells apart`),
  reloader: z
    .boolean()
    .default(true)
    .describe('Annotation for Stakater Reloader, a fallback: the program reads changed files itself'),
  namespace: namespace.prefault({}),
  goldmane: goldmane.prefault({}),
  certificateSchedule: cronSchedule.default('*/10 * * * *').describe('When the client pair is synced'),
  database: databaseServer.prefault({}),
  ...secretSettings,
  digest: digest.prefault({}),
  network: network.prefault({}),
  monitoring: monitoring.prefault({}),
});

/** Settings of the aggregator stack after defaults. */
export type AggregatorSettings = z.output<typeof aggregatorSettings>;
