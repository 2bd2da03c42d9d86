import { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';

/** Source address of the maintained fork of gavinbunney/kubectl. */
export const KUBECTL_PROVIDER_SOURCE = 'alekc/kubectl';

/** Name that both provider and resources go by; cdktf matches them by it. */
export const KUBECTL_PROVIDER_NAME = 'kubectl';

/** How the provider reaches the cluster. */
export interface KubectlProviderProps {
  /**
   * Kubeconfig file.
   * @default - KUBE_CONFIG_PATH, or ~/.kube/config
   */
  readonly configPath?: string | undefined;
  /**
   * Context of that file.
   * @default - its current context
   */
  readonly configContext?: string | undefined;
  /**
   * Whether a kubeconfig file is read at all; `false` in a pod that deploys with its service account.
   * @default true
   */
  readonly loadConfigFile?: boolean | undefined;
}

/** Binding for the provider `alekc/kubectl`, which publishes none for CDKTF. */
export class KubectlProvider extends TerraformProvider {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubectlProviderProps = {},
  ) {
    super(scope, id, {
      terraformResourceType: KUBECTL_PROVIDER_NAME,
      terraformProviderSource: KUBECTL_PROVIDER_SOURCE,
      terraformGeneratorMetadata: { providerName: KUBECTL_PROVIDER_NAME },
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return {
      config_path: this.props.configPath,
      config_context: this.props.configContext,
      load_config_file: this.props.loadConfigFile,
    };
  }
}
