/**
 * Facts about Calico's releases that something here depends on, and the upgrade hops that are known to work.
 * One table: whoever differs by release asks it. Pure, so that stacks and plan review can both import it.
 * Read from projectcalico/calico and tigera/operator (1.38 = 3.30, 1.40 = 3.31, 1.42 = 3.32, 1.44 = 3.33).
 */

/** What one release series (`3.30`) does. */
export interface ReleaseFacts {
  /** Major and minor, e.g. `3.30`. */
  readonly series: string;
  /** Whether the operator knows the kinds Goldmane and Whisker. */
  readonly flowPlane: boolean;
  /** Where the CRDs come from: the operator chart's `crds/` folder, or a chart that must be applied first. */
  readonly crds: 'operator-chart' | 'own-chart';
  /** Where the operator chart takes `kubeletVolumePluginPath`; null where that was not checked. */
  readonly kubeletVolumePluginPath: 'top-level' | 'installation' | null;
  /** Service and container port of Whisker, and what it speaks there. */
  readonly whisker: { readonly port: number; readonly scheme: 'http' | 'https' };
  /**
   * Kind of the operator's own policies for Whisker and Goldmane. `networking.k8s.io` ones add up with ours;
   * `projectcalico.org/v3` ones sit in the tier `calico-system` (order 100), which decides before any
   * Kubernetes policy is looked at, and deny all other pods of the namespace both ways.
   */
  readonly operatorPolicies: 'networking.k8s.io' | 'projectcalico.org/v3';
  /** Kubernetes minors that the release is run on, inclusive; null where that was not checked. */
  readonly kubernetes: { readonly from: string; readonly to: string } | null;
  /** Series that an upgrade may come from; one hop at a time. */
  readonly upgradesFrom: readonly string[];
}

const plainWhisker = { port: 8081, scheme: 'http' } as const;

const beforeFlowPlane = {
  flowPlane: false,
  crds: 'operator-chart',
  kubeletVolumePluginPath: null,
  whisker: plainWhisker,
  operatorPolicies: 'networking.k8s.io',
  kubernetes: null,
} as const;

/** All known series, oldest first. */
export const releases: readonly ReleaseFacts[] = [
  { ...beforeFlowPlane, series: '3.26', upgradesFrom: [] },
  { ...beforeFlowPlane, series: '3.28', upgradesFrom: ['3.26'] },
  {
    series: '3.30',
    flowPlane: true,
    crds: 'operator-chart',
    kubeletVolumePluginPath: 'top-level',
    whisker: plainWhisker,
    operatorPolicies: 'networking.k8s.io',
    // Calico's page says 1.31 to 1.33; clusters run it on 1.34.
    kubernetes: { from: '1.31', to: '1.34' },
    upgradesFrom: ['3.28'],
  },
  {
    series: '3.31',
    flowPlane: true,
    crds: 'operator-chart',
    kubeletVolumePluginPath: 'installation',
    whisker: plainWhisker,
    operatorPolicies: 'networking.k8s.io',
    kubernetes: { from: '1.32', to: '1.34' },
    upgradesFrom: ['3.30'],
  },
  {
    series: '3.32',
    flowPlane: true,
    crds: 'own-chart',
    kubeletVolumePluginPath: 'installation',
    whisker: plainWhisker,
    operatorPolicies: 'projectcalico.org/v3',
    kubernetes: { from: '1.34', to: '1.36' },
    upgradesFrom: ['3.30', '3.31'],
  },
  {
    // Not released when its sources were read.
    series: '3.33',
    flowPlane: true,
    crds: 'own-chart',
    kubeletVolumePluginPath: 'installation',
    whisker: { port: 8443, scheme: 'https' },
    operatorPolicies: 'projectcalico.org/v3',
    kubernetes: null,
    upgradesFrom: ['3.31', '3.32'],
  },
];

/** First series with Goldmane and Whisker. */
export const FIRST_FLOW_PLANE_SERIES = '3.30';

/** Release that the stacks install unless told otherwise. */
export const DEFAULT_VERSION = 'v3.30.7';

/** A Calico version, which is also its chart's, taken apart. */
export interface CalicoVersion {
  /** As Helm wants it, with the leading v: `v3.30.7`. */
  readonly text: string;
  readonly series: string;
  readonly patch: number;
}

/** Takes `v3.30.7` or `3.30.7`; anything else (a range, a pre-release, a bare series) gives undefined. */
export function parseVersion(text: string): CalicoVersion | undefined {
  const match = /^v?(\d+\.\d+)\.(\d+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { text: `v${match[1]}.${match[2]}`, series: match[1], patch: Number(match[2]) };
}

/** Facts of a series; undefined where the table does not know it. */
export function factsOf(series: string): ReleaseFacts | undefined {
  return releases.find((release) => release.series === series);
}

/** Whether an upgrade may be applied; if not, why, and what to do instead. */
export type HopVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly problem: string; readonly remedy: string };

/** Judges the step from the version that runs to the one that is wanted, e.g. `v3.26.1` to `v3.28.5`. */
export function judgeHop(running: string, wanted: string): HopVerdict {
  const from = parseVersion(running);
  const to = parseVersion(wanted);
  if (from === undefined || to === undefined) {
    const odd = from === undefined ? running : wanted;
    return refuse(`"${odd}" is not a Calico version`, 'write it in full, e.g. v3.30.7');
  }
  if (from.series === to.series) return { allowed: true };
  const hop = `${from.text} → ${to.text}`;
  for (const { series } of [from, to]) {
    if (factsOf(series) === undefined) {
      return refuse(
        `${hop}: Calico ${series} is not in the table of known releases`,
        `known are ${releases.map((release) => release.series).join(', ')}`,
      );
    }
  }
  const path = shortestPath(from.series, to.series);
  if (path === undefined) {
    return refuse(
      `${hop}: no known upgrade leads there`,
      `Calico is not downgraded in place; keep ${from.series} or go on to a later release`,
    );
  }
  const first = path[1];
  if (path.length === 2 || first === undefined) return { allowed: true };
  return refuse(
    `${hop}: more than one hop at once`,
    `hop to ${first} first (${path.join(' → ')}), and check the cluster after each hop`,
  );
}

function refuse(problem: string, remedy: string): HopVerdict {
  return { allowed: false, problem, remedy };
}

/** Breadth first over `upgradesFrom`: the fewest hops, each of them known. */
function shortestPath(from: string, to: string): readonly string[] | undefined {
  const paths: string[][] = [[from]];
  const seen = new Set([from]);
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const last = path.at(-1);
    if (last === to) return path;
    for (const { series, upgradesFrom } of releases) {
      if (last === undefined || seen.has(series) || !upgradesFrom.includes(last)) continue;
      seen.add(series);
      paths.push([...path, series]);
    }
  }
  return undefined;
}
