import { Construct } from 'constructs';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';
import { flowPlaneRule } from './flow-plane-rule';
import { releaseFacts } from './release-facts';
import type { Goldmane } from './goldmane';

/** The Whisker custom resource. */
export interface WhiskerProps {
  /** Calico release, e.g. `v3.30.7`. */
  readonly version: string;
  /** Goldmane, which Whisker reads; it must be created first. */
  readonly goldmane: Goldmane;
  /**
   * Whether it exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

/** The web page over Goldmane's last hour. It has no login of its own and phones nobody (notifications off). */
export class Whisker extends Construct {
  readonly resource: KubectlManifest;

  constructor(scope: Construct, id: string, props: WhiskerProps) {
    super(scope, id);
    validateProps(this, [flowPlaneRule('whisker', releaseFacts(this, props.version))]);
    this.resource = new KubectlManifest(this, TRANSPARENT_ID, {
      manifest: {
        apiVersion: 'operator.tigera.io/v1',
        kind: 'Whisker',
        metadata: { name: 'default' },
        // Said even where it is the default: the operator writes the field back, and the plan would drift.
        spec: { notifications: 'Disabled' },
      },
      adopt: props.adopt,
      dependsOn: [props.goldmane.resource],
    });
  }
}
