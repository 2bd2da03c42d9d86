import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';

/** What the operator installs on a cluster that has no Calico yet. */
export interface InstallationProps {
  /** Spec of the Installation, as the operator's API documents it. */
  readonly spec: Readonly<Record<string, unknown>>;
  /**
   * Whether both objects exist already and are to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  /**
   * What must exist first: the operator.
   * @default - none
   */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/**
 * The objects `Installation` and `APIServer`: the data plane itself. A change of the spec can roll
 * calico-node on every node, and deleting it removes the network, so that is refused.
 */
export class Installation extends Construct {
  /** Both objects, in the order they are created. */
  readonly resources: readonly [KubectlManifest, KubectlManifest];

  constructor(scope: Construct, id: string, props: InstallationProps) {
    super(scope, id);
    const manifest = (kind: string, spec: Readonly<Record<string, unknown>>, after: ITerraformDependable[]) =>
      new KubectlManifest(this, kind.toLowerCase(), {
        manifest: { apiVersion: 'operator.tigera.io/v1', kind, metadata: { name: 'default' }, spec },
        adopt: props.adopt,
        dependsOn: after,
        lifecycle: { preventDestroy: true },
      });
    const installation = manifest('Installation', props.spec, props.dependsOn ?? []);
    this.resources = [installation, manifest('APIServer', {}, [installation])];
  }
}
