import { Command, InvalidArgumentError } from 'commander';
import { aggregator, calico } from '../../contract';
import type { Context } from '../cli/context';
import { connectKubernetes } from '../kubernetes/client';
import { syncCertificates, type SyncOutcome } from './sync-certificates';
import { waitForSuccess } from './wait-for-success';

interface Options {
  readonly waitSeconds: number;
  readonly sourceNamespace: string;
  readonly targetNamespace: string;
  readonly dryRun: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
}

const retrySeconds = 2;

/** `trail sync-certs`: keeps the copies of Goldmane's client pair and CA bundle equal to the operator's. */
export function create(context: Context): Command {
  return new Command('sync-certs')
    .description("copy the operator's client key pair and CA bundle to where the aggregator reads them")
    .addHelpText(
      'after',
      `
Copies Secret ${calico.clientKeyPairSecret} and ConfigMap ${calico.caConfigMap} of the source namespace to
Secret ${aggregator.clientTlsSecret} and ConfigMap ${aggregator.caConfigMap} of the target namespace. Writes nothing
unless key and certificate match, the certificate is valid and chains to the bundle; writes nothing when
nothing changed.`,
    )
    .option('--wait-seconds <seconds>', 'how long to wait until there is a good pair to copy', seconds, 0)
    .option('--source-namespace <name>', "the operator's namespace", calico.namespace)
    .option('--target-namespace <name>', 'namespace of the copies', aggregator.namespace)
    .option('--dry-run', 'check and compare, write nothing', false)
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, the pod, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig')
    .action(async (options: Options) => {
      const kubernetes = await connectKubernetes({
        env: context.env,
        kubeconfigPath: options.kubeconfig,
        context: options.context,
        signal: context.signal,
      });
      const outcome = await waitForSuccess(() => syncCertificates(kubernetes, options), {
        patienceSeconds: options.waitSeconds,
        intervalSeconds: retrySeconds,
        signal: context.signal,
        onWait: (reason) => context.stderr.write(`waiting: ${reason}\n`),
      });
      context.stdout.write(`${describe(outcome, options.dryRun)}\n`);
    });
}

function describe({ pair, pairChanged, caChanged }: SyncOutcome, dryRun: boolean): string {
  const verb = dryRun ? 'would be copied' : 'copied';
  const expiry = `${pair.subject}, expires ${pair.expires.toISOString().slice(0, 10)}`;
  if (!pairChanged && !caChanged)
    return `nothing changed: client pair (${expiry}) and CA bundle are the same`;
  const told = (changed: boolean): string => (changed ? verb : 'unchanged');
  return `client pair ${told(pairChanged)} (${expiry}), CA bundle ${told(caChanged)}`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 3600) throw new InvalidArgumentError('use whole seconds, 0 to 3600.');
  return value;
}
