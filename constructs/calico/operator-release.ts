import { Release } from '@cdktf/provider-helm/lib/release';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { judgeHop } from '../../calico-releases';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { toYaml } from '../terraform/yaml';
import { validateProps } from '../validation';

/** The Helm release of the Tigera operator. */
export interface OperatorReleaseProps {
  /** Namespace, created before the release. */
  readonly namespace: string;
  /** Its name in the cluster, for the import id. */
  readonly namespaceName: string;
  /** Calico release, e.g. `v3.30.7`; the chart has the same version. */
  readonly version: string;
  /**
   * Release that runs today; the hop from it is checked.
   * @default - none: a cluster without Calico
   */
  readonly runningVersion?: string | undefined;
  /** Chart name in `repository`, or a folder. */
  readonly chart: string;
  /**
   * Chart repository.
   * @default - none: `chart` is a folder or an oci:// address
   */
  readonly repository?: string | undefined;
  /** Memory limit of the operator's container, e.g. `512Mi`. */
  readonly memoryLimit: string;
  /**
   * Whether the release exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  /**
   * What must exist first.
   * @default - none
   */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/** Helm release name; Helm finds the running release by it. */
const RELEASE_NAME = 'calico';

/**
 * The Tigera operator and nothing else: installation, API server, Goldmane and Whisker stay off in Helm, so
 * Helm never touches the data plane, and the custom resources never render before their CRDs.
 */
export class OperatorRelease extends Construct {
  readonly resource: Release;

  constructor(scope: Construct, id: string, props: OperatorReleaseProps) {
    super(scope, id);
    const hop = judgeHop(props.runningVersion ?? props.version, props.version);
    validateProps(this, [
      { invalid: !hop.allowed, message: hop.allowed ? '' : `version: ${hop.problem}; ${hop.remedy}` },
    ]);
    this.resource = new Release(this, TRANSPARENT_ID, {
      name: RELEASE_NAME,
      namespace: props.namespace,
      createNamespace: false,
      ...(props.repository !== undefined && { repository: props.repository }),
      chart: props.chart,
      version: props.version,
      values: [
        toYaml({
          installation: { enabled: false },
          apiServer: { enabled: false },
          goldmane: { enabled: false },
          whisker: { enabled: false },
          resources: { limits: { memory: props.memoryLimit } },
        }),
      ],
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
      lifecycle: { preventDestroy: true },
    });
    if (props.adopt === true) new Adoption(this.resource, `${props.namespaceName}/${RELEASE_NAME}`);
  }
}
