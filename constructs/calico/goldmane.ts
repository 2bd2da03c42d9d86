import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { flowPlaneRule } from './flow-plane-rule';
import { releaseFacts } from './release-facts';
import { validateProps } from '../validation';

/** The Goldmane custom resource. */
export interface GoldmaneProps {
  /** Calico release, e.g. `v3.30.7`. */
  readonly version: string;
  /**
   * Whether it exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  /**
   * What must exist first: the operator that brings the CRD.
   * @default - none
   */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/**
 * Turns flow aggregation on. Creating or deleting it makes the operator roll calico-node on every node;
 * Felix is wired by the operator, not by hand.
 */
export class Goldmane extends Construct {
  readonly resource: KubectlManifest;

  constructor(scope: Construct, id: string, props: GoldmaneProps) {
    super(scope, id);
    validateProps(this, [flowPlaneRule('goldmane', releaseFacts(this, props.version))]);
    this.resource = new KubectlManifest(this, TRANSPARENT_ID, {
      manifest: { apiVersion: 'operator.tigera.io/v1', kind: 'Goldmane', metadata: { name: 'default' } },
      adopt: props.adopt,
      dependsOn: props.dependsOn,
    });
  }
}
