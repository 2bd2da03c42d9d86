import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { TrailError } from '../errors';
import { checkSchemaVersion } from './migrate';
import { parsePsqlOutput, psqlScript } from './psql-script';
import type { Query } from './queries/query';
import { schemaVersionQuery } from './queries/schema-version';
import type { Answers, TrailReader } from './trail-reader';

/** Where the database's primary pod is found. */
export interface KubectlTarget {
  readonly namespace: string;
  /** CNPG cluster, where the namespace holds several. */
  readonly cnpgCluster?: string | undefined;
  readonly database: string;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 60_000;

/**
 * Reads through `kubectl exec` and the psql of the CloudNativePG primary, as people do by hand: no password is
 * needed, the pod trusts its own user. Statements go in on stdin, values as psql variables; no shell is involved.
 */
export function openKubectlReader(target: KubectlTarget): TrailReader {
  let pod: Promise<string> | undefined;
  let checked = false;
  return {
    async ask<Queries extends readonly Query<unknown>[]>(...queries: Queries) {
      pod ??= findPrimary(target);
      const asked = checked ? queries : [schemaVersionQuery(), ...queries];
      const { script, variables } = psqlScript(asked);
      const output = await kubectl(
        target,
        [
          ...['exec', '-i', '-n', target.namespace, await pod, '-c', 'postgres', '--'],
          ...['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', target.database],
          ...variables.flatMap(([name, value]) => ['-v', `${name}=${value}`]),
        ],
        script,
      );
      const answers = parsePsqlOutput(output, asked);
      if (!checked) {
        checkSchemaVersion(Number(answers.shift()?.[0] ?? 0));
        checked = true;
      }
      return answers as unknown as Answers<Queries>;
    },
    close: () => Promise.resolve(),
  };
}

async function findPrimary(target: KubectlTarget): Promise<string> {
  const labels = ['cnpg.io/instanceRole=primary'];
  if (target.cnpgCluster !== undefined) labels.push(`cnpg.io/cluster=${target.cnpgCluster}`);
  const selector = labels.join(',');
  const output = await kubectl(target, ['get', 'pods', '-n', target.namespace, '-l', selector, '-o', 'name']);
  const [pod, ...others] = output.split('\n').filter((line) => line !== '');
  if (pod === undefined) {
    throw new TrailError(
      'primary-missing',
      `no pod with ${selector} in namespace ${target.namespace}`,
      'name the namespace of the PostgreSQL cluster with --via-namespace',
    );
  }
  if (others.length > 0) {
    throw new TrailError(
      'primary-ambiguous',
      `${others.length + 1} pods with ${selector} in namespace ${target.namespace}`,
      'name the CNPG cluster with --via-cluster',
    );
  }
  return pod;
}

async function kubectl(target: KubectlTarget, argv: readonly string[], stdin = ''): Promise<string> {
  const options = [
    ...(target.kubeconfig === undefined ? [] : [`--kubeconfig=${target.kubeconfig}`]),
    ...(target.context === undefined ? [] : [`--context=${target.context}`]),
  ];
  const child = spawn('kubectl', [...options, ...argv], {
    env: target.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: AbortSignal.any([target.signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  // A child that ends early closes its stdin; what it said tells why.
  child.stdin.on('error', () => undefined).end(stdin);
  try {
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code === 0) return stdout;
    throw explain(stderr, target);
  } catch (error) {
    if (error instanceof TrailError) throw error;
    throw explainSpawn(error as NodeJS.ErrnoException);
  }
}

function explainSpawn(error: NodeJS.ErrnoException): TrailError {
  const [problem, remedy] =
    error.code === 'ENOENT'
      ? ['kubectl is not on the PATH', 'install it, or set DATABASE_URL and leave --via out']
      : error.name === 'AbortError'
        ? [
            `kubectl did not end within ${TIMEOUT_MS / 1_000} s, or was stopped`,
            'check the way to the cluster',
          ]
        : [`kubectl: ${error.message}`, 'check the installation of kubectl'];
  return new TrailError('kubectl', problem, remedy, { cause: error });
}

function explain(stderr: string, { namespace, database }: KubectlTarget): TrailError {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Defaulted container'));
  const said = (
    lines.find((line) => /error|fatal/i.test(line)) ??
    lines.at(-1) ??
    'kubectl failed without a word'
  ).trim();
  if (/relation "?trail_migration"? does not exist/.test(said))
    return new TrailError(
      'database-older',
      `${database} has no trail in it`,
      'run trail aggregate once; it migrates at its start',
    );
  if (/database ".*" does not exist/.test(said))
    return new TrailError(
      'database-missing',
      said,
      'name the database with --via-database, or run trail db-init',
    );
  if (/forbidden/i.test(said))
    return new TrailError(
      'kubernetes-forbidden',
      said,
      `you need to get pods and create pods/exec in namespace ${namespace}`,
    );
  return new TrailError('kubectl', said, 'try the same with kubectl by hand');
}
