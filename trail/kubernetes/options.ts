import type { Command } from 'commander';
import type { Context } from '../cli/context';
import type { KubernetesOptions } from './client';

/** Adds the options by which a command is told its cluster. */
export function addKubernetesOptions(command: Command): Command {
  return command
    .option(
      '--kubeconfig <file>',
      'kubeconfig file (default: KUBECONFIG, the service account of a pod, ~/.kube/config)',
    )
    .option('--context <name>', 'context of the kubeconfig (default: its current one)');
}

/** What those options mean for `connectKubernetes`. */
export function kubernetesOptions(
  options: { readonly kubeconfig?: string; readonly context?: string },
  { env, signal }: Context,
): KubernetesOptions {
  return { env, signal, kubeconfigPath: options.kubeconfig, context: options.context };
}
