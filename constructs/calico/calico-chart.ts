import { Release, type ReleaseConfig } from '@cdktf/provider-helm/lib/release';
import type { Construct } from 'constructs';
import { parseVersion } from '../../calico-releases';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import type { AdoptedNamespace } from './adopted-namespace';

/** What the Helm releases of Calico's two charts have in common. */
export interface CalicoChartProps {
  /** Namespace of the release. */
  readonly namespace: AdoptedNamespace;
  /** Calico release, e.g. `v3.30.7`; its charts have the same version. */
  readonly version: string;
  /** Chart name in `repository`, a folder, or an oci:// address. */
  readonly chart: string;
  /**
   * Chart repository.
   * @default - none: `chart` is a folder or an oci:// address
   */
  readonly repository?: string | undefined;
  /**
   * Whether the release exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

/** Makes the release `name` under the owner's own address. Helm would take the network down: never destroyed. */
export function createCalicoRelease(
  owner: Construct,
  name: string,
  { namespace, version, chart, repository, adopt }: CalicoChartProps,
  config: Partial<ReleaseConfig>,
): Release {
  const release = new Release(owner, TRANSPARENT_ID, {
    name,
    namespace: namespace.name,
    createNamespace: false,
    ...(repository !== undefined && { repository }),
    chart,
    version: parseVersion(version)?.text ?? version,
    lifecycle: { preventDestroy: true },
    ...config,
  });
  if (adopt === true) new Adoption(release, `${namespace.plainName}/${name}`);
  return release;
}
