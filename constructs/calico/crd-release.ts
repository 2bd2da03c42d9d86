import { Release } from '@cdktf/provider-helm/lib/release';
import { Construct } from 'constructs';
import { parseVersion } from '../../calico-releases';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';
import type { CalicoChartProps } from './calico-chart';
import { releaseFacts } from './release-facts';

/** Helm release name of the CRDs. */
const RELEASE_NAME = 'calico-crds';

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
    this.resource = new Release(this, TRANSPARENT_ID, {
      name: RELEASE_NAME,
      namespace: props.namespace.name,
      createNamespace: false,
      ...(props.repository !== undefined && { repository: props.repository }),
      chart: props.chart,
      version: parseVersion(props.version)?.text ?? props.version,
      takeOwnership: true,
      // Each revision is a Secret of some 800 KiB.
      maxHistory: 2,
      lifecycle: { preventDestroy: true },
    });
    if (props.adopt === true) {
      new Adoption(this.resource, `${props.namespace.plainName}/${RELEASE_NAME}`);
    }
  }
}
