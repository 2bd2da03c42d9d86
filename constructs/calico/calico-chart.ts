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
