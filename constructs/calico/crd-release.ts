import type { Release } from '@cdktf/provider-helm/lib/release';
import { Construct } from 'constructs';
import { validateProps } from '../validation';
import { createCalicoRelease, type CalicoChartProps } from './calico-chart';
import { releaseFacts } from './release-facts';

/**
 * Calico's CRDs from their own chart, from 3.32 on; the operator release depends on it. CRDs that an older
 * operator chart left behind are taken over. Deleting it would delete every Calico object, so it is refused.
 */
export class CrdRelease extends Construct {
  /** The resource itself, for what this construct does not offer. */
  readonly resource: Release;

  constructor(scope: Construct, id: string, props: CalicoChartProps) {
    super(scope, id);
    const facts = releaseFacts(this, props.version);
    validateProps(this, [
      {
        invalid: facts.crds !== 'own-chart',
        message: `version: Calico ${facts.series} brings its CRDs in the operator chart; this one is for 3.32 and later`,
      },
    ]);
    this.resource = createCalicoRelease(this, 'calico-crds', props, {
      takeOwnership: true,
      // Each revision is a Secret of some 950 KiB.
      maxHistory: 2,
    });
  }
}
