/**
 * What the infrastructure and the runtime must agree on: names of environment variables, ports, mount
 * paths, Kubernetes objects and databases. Both halves import this module and nothing else of each other.
 */

/** Environment variables that `trail` reads. A name that both halves use is spelled here only. */
export const env = {
  /** Goldmane's address, `host:port`. */
  goldmaneHost: 'GOLDMANE_HOST',
  /** Name that Goldmane's certificate must carry; default: the host of GOLDMANE_HOST. */
  goldmaneServerName: 'GOLDMANE_SERVER_NAME',
  /** `true` turns certificate verification off. For a laboratory only. */
  goldmaneTlsInsecure: 'GOLDMANE_TLS_INSECURE',
  /** PEM files of the client key pair and of the CA that signed Goldmane's certificate. */
  tlsCertPath: 'TLS_CERT_PATH',
  tlsKeyPath: 'TLS_KEY_PATH',
  caCertPath: 'CA_CERT_PATH',
  /** PostgreSQL connection string. */
  databaseUrl: 'DATABASE_URL',
  /** File that holds the connection string; read again whenever the server refuses the password. */
  databaseUrlFile: 'DATABASE_URL_FILE',
  /** PostgreSQL server that `trail db-init` works on: host and port. */
  databaseHost: 'DATABASE_HOST',
  databasePort: 'DATABASE_PORT',
  /** Files that hold name and password of a role that may make roles and databases. */
  databaseAdminUsernameFile: 'DATABASE_ADMIN_USERNAME_FILE',
  databaseAdminPasswordFile: 'DATABASE_ADMIN_PASSWORD_FILE',
  /** What `trail db-init` makes. */
  databaseName: 'DATABASE_NAME',
  databaseRole: 'DATABASE_ROLE',
  /** Which cluster this trail's rows belong to. */
  clusterName: 'CLUSTER_NAME',
  /** Comma-separated namespaces whose services are told apart by the label `service-identity`. */
  multiServiceNamespaces: 'MULTI_SERVICE_NAMESPACES',
  /** Services of one namespace pair that are told apart; the others are counted together. */
  maxServicesPerPair: 'MAX_SERVICES_PER_PAIR',
  /** Seconds after a window's close at which it is read again and settled. */
  settleAgeSeconds: 'SETTLE_AGE_SECONDS',
  /** UTC days that the daily roll-up keeps before the current one; 0 = all. */
  edgeDayRetentionDays: 'EDGE_DAY_RETENTION_DAYS',
  /** Port of /healthz, /readyz and /metrics; 0 = any free port. */
  httpPort: 'HTTP_PORT',
  /** trace, debug, info, warn, error or fatal. */
  logLevel: 'LOG_LEVEL',
  /** Slack channel that the digest names, e.g. `#alerts`. */
  slackChannel: 'SLACK_CHANNEL',
  /** Slack incoming webhook; empty = dry run. */
  slackWebhookUrl: 'SLACK_WEBHOOK_URL',
  /** `1` prints the digest instead of posting it. */
  dryRun: 'DRY_RUN',
} as const;

/** Ports, each a TCP port number. */
export const ports = { goldmane: 7443, http: 9090, postgres: 5432, kubernetesApi: 6443, dns: 53 } as const;

/** Where the stack mounts files into trail's pods, and file names inside. */
export const paths = {
  clientTls: '/etc/goldmane/tls',
  clientCert: '/etc/goldmane/tls/tls.crt',
  clientKey: '/etc/goldmane/tls/tls.key',
  ca: '/etc/goldmane/ca',
  caBundle: '/etc/goldmane/ca/tigera-ca-bundle.crt',
  database: '/etc/trail/database',
  databaseUrl: '/etc/trail/database/DATABASE_URL',
  databaseAdmin: '/etc/trail/database-admin',
  databaseAdminUsername: '/etc/trail/database-admin/username',
  databaseAdminPassword: '/etc/trail/database-admin/password',
} as const;

/** HTTP endpoints of the aggregator. */
export const endpoints = { health: '/healthz', ready: '/readyz', metrics: '/metrics' } as const;

/** Objects that the Calico operator makes, as the runtime and the stacks refer to them. */
export const calico = {
  namespace: 'calico-system',
  goldmaneService: 'goldmane',
  goldmaneHost: `goldmane.calico-system.svc.cluster.local:${ports.goldmane}`,
  goldmaneSelector: 'k8s-app=goldmane',
  whiskerSelector: 'k8s-app=whisker',
  whiskerBackendContainer: 'whisker-backend',
  clientKeyPairSecret: 'whisker-backend-key-pair',
  caConfigMap: 'tigera-ca-bundle',
  caConfigMapKey: 'tigera-ca-bundle.crt',
} as const;

/** Objects that the goldmane-edge-aggregator stack makes. */
export const aggregator = {
  namespace: 'goldmane-edge-aggregator',
  deployment: 'goldmane-edge-aggregator',
  clientTlsSecret: 'goldmane-client-tls',
  caConfigMap: 'tigera-ca-bundle',
  certSync: 'goldmane-cert-sync',
  dbInit: 'goldmane-edges-db-init',
  digest: 'goldmane-edges-digest',
  databaseSecret: 'goldmane-edges-db-creds',
  databaseSecretKey: 'DATABASE_URL',
  databaseAdminSecret: 'goldmane-edges-db-admin',
  slackSecret: 'goldmane-edges-slack',
  slackSecretKey: 'SLACK_WEBHOOK_URL',
} as const;

/** The trail's database, its owner and the Vault static role that rotates the owner's password. */
export const database = {
  name: 'goldmane_edges',
  role: 'goldmane_edges',
  vaultStaticRole: 'pg-goldmane-edges',
} as const;

/** Label that tells services of a multi-service namespace apart, and the namespaces it is read in by default. */
export const serviceIdentity = {
  label: 'service-identity',
  namespaces: ['monitoring', 'kube-system', 'dbaas'],
} as const;

/**
 * When the watchdog restarts Whisker. The numbers and the texts are those of the incident that it was made
 * for: a whisker-backend that lost its resolver logged them without end and never recovered.
 */
export const watchdog = {
  cronJob: 'whisker-watchdog',
  /** Lines that count as a connection error; each is looked for as it is written. */
  errorTexts: ['failed to stream flows', 'failed to list filter hints', 'code = Unavailable', 'i/o timeout'],
  /** So many of them within the window mean that the backend hangs. */
  errorThreshold: 10,
  /** Minutes; one more than the schedule's period, so that no line falls between two runs. */
  windowMinutes: 11,
  flags: { errorThreshold: '--errors', windowMinutes: '--minutes' },
} as const;

/** Subcommands of `trail` that the stacks run. */
export const commands = {
  aggregate: ['aggregate'],
  digest: ['digest'],
  watchdog: ['watchdog'],
  syncCerts: ['sync-certs'],
  dbInit: ['db-init'],
} as const;
