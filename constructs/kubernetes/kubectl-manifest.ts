import { TerraformResource, type ITerraformDependable, type TerraformMetaArguments } from 'cdktf';
import type { Construct } from 'constructs';
import { Adoption } from '../terraform/adoption';
import { toYaml } from '../terraform/yaml';
import { validateProps } from '../validation';
import { KUBECTL_PROVIDER_NAME } from './kubectl-provider';

/** A Kubernetes object of any kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
  };
  readonly [field: string]: unknown;
}

/** A condition that a `kubectl_manifest` waits for after each apply. */
export interface WaitCondition {
  /** Condition type, e.g. `Ready`. */
  readonly type: string;
  /** Its status, e.g. `True`. */
  readonly status: string;
}

/** What one `kubectl_manifest` applies and how. */
export interface KubectlManifestProps extends Pick<TerraformMetaArguments, 'lifecycle'> {
  /** The object. `status` does not belong there. */
  readonly manifest: Manifest;
  /**
   * Whether the object already exists and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  /**
   * What must exist before.
   * @default - nothing
   */
  readonly dependsOn?: ITerraformDependable[] | undefined;
  /**
   * Leaves the object in the cluster when the resource goes: destroying it is a no-op.
   * @default false
   */
  readonly applyOnly?: boolean | undefined;
  /**
   * Applies on the server, which then knows who owns which field.
   * @default false
   */
  readonly serverSideApply?: boolean | undefined;
  /**
   * Takes over fields that another manager owns; with `serverSideApply` only.
   * @default false
   */
  readonly forceConflicts?: boolean | undefined;
  /**
   * Conditions that must hold before the apply counts as done.
   * @default - none
   */
  readonly waitForConditions?: readonly WaitCondition[] | undefined;
}

/**
 * Binding for `kubectl_manifest` of alekc/kubectl. Unlike `kubernetes_manifest` it needs no CRD at plan
 * time, so a first plan can hold custom resources beside the chart that brings their CRDs.
 */
export class KubectlManifest extends TerraformResource {
  static readonly tfResourceType = 'kubectl_manifest';

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubectlManifestProps,
  ) {
    super(scope, id, {
      terraformResourceType: KubectlManifest.tfResourceType,
      terraformGeneratorMetadata: { providerName: KUBECTL_PROVIDER_NAME },
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
      ...(props.lifecycle !== undefined && { lifecycle: props.lifecycle }),
    });
    const { manifest } = props;
    validateProps(this, [
      {
        invalid: !/^([a-z0-9.-]+\/)?v[a-z0-9]+$/.test(manifest.apiVersion),
        message: `manifest.apiVersion: "${manifest.apiVersion}" is not an API version; use group/version or version, e.g. operator.tigera.io/v1`,
      },
      {
        invalid: !/^[A-Z][A-Za-z0-9]*$/.test(manifest.kind),
        message: `manifest.kind: "${manifest.kind}" is not a kind; kinds start with a capital, e.g. Goldmane`,
      },
      {
        invalid: !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(manifest.metadata.name),
        message: `manifest.metadata.name: "${manifest.metadata.name}" is not an object name; use lower-case letters, digits, - and .`,
      },
      {
        invalid: 'status' in manifest,
        message: 'manifest.status: the server owns it; remove it',
      },
      {
        invalid: props.forceConflicts === true && props.serverSideApply !== true,
        message: 'forceConflicts: true needs serverSideApply: true; set it or drop forceConflicts',
      },
    ]);
    if (props.adopt === true) new Adoption(this, kubectlImportId(manifest));
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { manifest, applyOnly, serverSideApply, forceConflicts, waitForConditions } = this.props;
    return {
      yaml_body: toYaml(manifest),
      apply_only: applyOnly,
      server_side_apply: serverSideApply,
      force_conflicts: forceConflicts,
      wait_for:
        waitForConditions === undefined
          ? undefined
          : [{ condition: waitForConditions.map(({ type, status }) => ({ type, status })) }],
    };
  }
}

/** Id that alekc/kubectl imports an object by. */
export function kubectlImportId({ apiVersion, kind, metadata }: Manifest): string {
  const parts = [apiVersion, kind, metadata.name];
  if (metadata.namespace !== undefined) parts.push(metadata.namespace);
  return parts.join('//');
}
