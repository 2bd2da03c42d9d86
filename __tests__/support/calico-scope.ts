import { AdoptedNamespace } from '../../constructs/calico/adopted-namespace';
import { EarlyTier } from '../../constructs/calico/early-tier';
import { Goldmane } from '../../constructs/calico/goldmane';
import { Whisker } from '../../constructs/calico/whisker';
import { synthConstruct, type Synthesized } from './synth';

type Scope = ConstructorParameters<typeof AdoptedNamespace>[0];

/** What most constructs of the calico stack are given. */
export interface CalicoScope {
  readonly scope: Scope;
  readonly namespace: AdoptedNamespace;
  readonly whisker: Whisker;
  readonly tier: EarlyTier;
}

/** Synthesizes constructs next to the namespace, the custom resources and the tier that they refer to. */
export function synthCalico(build: (calico: CalicoScope) => void): Synthesized {
  return synthConstruct((scope) => {
    const namespace = new AdoptedNamespace(scope, 'calico-system', { name: 'calico-system' });
    const goldmane = new Goldmane(scope, 'goldmane', { version: 'v3.30.7' });
    const whisker = new Whisker(scope, 'whisker', { version: 'v3.30.7', goldmane });
    const tier = new EarlyTier(scope, 'tier', { namespace: 'calico-system' });
    build({ scope, namespace, whisker, tier });
  });
}
