import type { Release } from '@cdktf/provider-helm/lib/release';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { judgeHop, type ReleaseFacts } from '../../calico-releases';
import { toYaml } from '../terraform/yaml';
import { validateProps } from '../validation';
import { createCalicoRelease, type CalicoChartProps } from './calico-chart';
import { releaseFacts } from './release-facts';

/** The Helm release of the Tigera operator. */
export interface OperatorReleaseProps extends CalicoChartProps {
  /** Memory limit of the operator's container, e.g. `512Mi`. */
  readonly memoryLimit: string;
  /**
   * Release that runs today; the hop from it is checked.
   * @default - none: a cluster without Calico
   */
  readonly runningVersion?: string | undefined;
  /**
   * Folder for the CSI driver's sockets, or `None`; written where the release expects it.
   * @default - the chart's
   */
  readonly kubeletVolumePluginPath?: string | undefined;
  /**
   * Lets a first install take over the objects of an operator that was applied as plain manifests.
   * @default false
   */
  readonly takeOwnership?: boolean | undefined;
  /**
   * What must exist first, e.g. the CRDs.
   * @default - none
   */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/**
 * The Tigera operator and nothing else: installation, API server, Goldmane and Whisker stay off in Helm, so
 * Helm never touches the data plane, and no custom resource renders before its CRD exists.
 */
export class OperatorRelease extends Construct {
  /** The resource itself, for what this construct does not offer. */
  readonly resource: Release;

  constructor(scope: Construct, id: string, props: OperatorReleaseProps) {
    super(scope, id);
    const facts = releaseFacts(this, props.version);
    const hop = judgeHop(props.runningVersion ?? props.version, props.version);
    validateProps(this, [
      { invalid: !hop.allowed, message: hop.allowed ? '' : `version: ${hop.problem}; ${hop.remedy}` },
      {
        invalid: !/^[1-9]\d*(Mi|Gi)$/.test(props.memoryLimit),
        message: `memoryLimit: "${props.memoryLimit}" is not a quantity in Mi or Gi; use e.g. 512Mi`,
      },
      {
        invalid: props.kubeletVolumePluginPath !== undefined && facts.kubeletVolumePluginPath === null,
        message: `kubeletVolumePluginPath: where Calico ${facts.series} takes it is not known; leave it out`,
      },
      {
        invalid: props.takeOwnership === true && props.adopt === true,
        message:
          'takeOwnership: true is for an operator without a Helm release, adopt: true for one with; drop one of the two',
      },
    ]);
    // Helm finds the running release by its name.
    this.resource = createCalicoRelease(this, 'calico', props, {
      values: [toYaml(values(facts, props))],
      ...(props.takeOwnership === true && { takeOwnership: true }),
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
    });
  }
}

function values(facts: ReleaseFacts, props: OperatorReleaseProps): Record<string, unknown> {
  const path = props.kubeletVolumePluginPath;
  const inside = path !== undefined && facts.kubeletVolumePluginPath === 'installation';
  const atTop = path !== undefined && facts.kubeletVolumePluginPath === 'top-level';
  return {
    installation: { enabled: false, ...(inside && { kubeletVolumePluginPath: path }) },
    apiServer: { enabled: false },
    goldmane: { enabled: false },
    whisker: { enabled: false },
    resources: { limits: { memory: props.memoryLimit } },
    ...(atTop && { kubeletVolumePluginPath: path }),
  };
}
