import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { VaultProvider } from '@cdktf/provider-vault/lib/provider';
import type { TerraformStack } from 'cdktf';
import type { TerraformSettings } from '../../settings/terraform';
import { KubectlProvider } from '../kubernetes/kubectl-provider';

/** Providers that a stack can ask for. */
export type ProviderName = 'kubernetes' | 'helm' | 'kubectl' | 'vault';

/**
 * Version ranges. cdktf pins the exact version that its bindings were generated from; a range lets a user
 * take fixes. Lower bounds: kubernetes 2.38 has write-only secrets and the `_v1` types, helm 3 and vault 5
 * are the majors of the bindings, kubectl 2.1 is the first that every attribute of ours works with.
 */
const versions: Readonly<Record<ProviderName, string>> = {
  kubernetes: '>= 2.38, < 4',
  helm: '>= 3.1, < 4',
  kubectl: '>= 2.1, < 4',
  vault: '>= 5.6, < 6',
};

/** Adds the named providers to a stack, each connected as the settings say. */
export function addProviders(
  stack: TerraformStack,
  names: readonly ProviderName[],
  access: TerraformSettings['kubernetes'],
): void {
  const connection =
    access.access === 'kubeconfig'
      ? {
          configPath: access.kubeconfigPath,
          ...(access.kubeconfigContext !== undefined && { configContext: access.kubeconfigContext }),
        }
      : {};
  for (const name of names) {
    create[name](stack, access, connection);
    stack.addOverride(`terraform.required_providers.${name}.version`, versions[name]);
  }
}

interface Connection {
  readonly configPath?: string;
  readonly configContext?: string;
}

const create: Readonly<
  Record<
    ProviderName,
    (stack: TerraformStack, access: TerraformSettings['kubernetes'], connection: Connection) => void
  >
> = {
  kubernetes: (stack, _access, connection) =>
    new KubernetesProvider(stack, 'kubernetes-provider', connection),
  helm: (stack, _access, connection) => new HelmProvider(stack, 'helm-provider', { kubernetes: connection }),
  kubectl: (stack, access, connection) =>
    new KubectlProvider(stack, 'kubectl-provider', {
      ...connection,
      // Unlike the other two it would fall back to ~/.kube/config in a pod.
      ...(access.access === 'in-cluster' && { loadConfigFile: false }),
    }),
  // Address and token come from VAULT_ADDR and VAULT_TOKEN (or an agent), never from the JSON.
  vault: (stack) => new VaultProvider(stack, 'vault-provider', {}),
};
