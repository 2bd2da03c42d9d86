import type { Construct } from 'constructs';
import { factsOf, parseVersion } from '../calico-releases';
import {
  AdoptedNamespace,
  GOLDILOCKS_LABEL,
  POD_SECURITY_LABELS,
} from '../constructs/calico/adopted-namespace';
import { CrdRelease } from '../constructs/calico/crd-release';
import { EarlyTier } from '../constructs/calico/early-tier';
import { EgressObservation } from '../constructs/calico/egress-observation';
import { Goldmane } from '../constructs/calico/goldmane';
import { Installation } from '../constructs/calico/installation';
import { OperatorRelease } from '../constructs/calico/operator-release';
import { Whisker } from '../constructs/calico/whisker';
import { WhiskerIngress } from '../constructs/calico/whisker-ingress';
import { WhiskerPolicies } from '../constructs/calico/whisker-policies';
import { DEFAULT_KUBECTL_IMAGE, WhiskerWatchdog } from '../constructs/calico/whisker-watchdog';
import { adoptsPart } from '../constructs/terraform/adoption';
import { ClusterStack } from '../constructs/terraform/cluster-stack';
import type { Settings } from '../settings';
import type { adoptableParts } from '../settings/calico';

/** The flow plane: Calico's operator, Goldmane, Whisker and what guards them. Composition only. */
export class CalicoStack extends ClusterStack {
  private readonly adopts: (part: (typeof adoptableParts)[number]) => boolean;

  constructor(
    scope: Construct,
    id: string,
    private readonly settings: Settings,
  ) {
    super(scope, id, { terraform: settings.terraform, providers: ['kubernetes', 'helm', 'kubectl'] });
    const { calico } = settings;
    this.adopts = adoptsPart(calico.adopt);
    const foreignLabels = [GOLDILOCKS_LABEL, ...POD_SECURITY_LABELS];
    const system = this.addNamespace('calico-system', foreignLabels);
    this.addNamespace('calico-apiserver', foreignLabels);
    const operator = this.addOperator();
    if (calico.egressObservation.enabled) {
      new EgressObservation(this, 'egress-observation', {
        ...calico.egressObservation,
        adopt: this.adopts('egress-observation'),
        dependsOn: [operator.resource],
      });
    }
    if (!calico.goldmane.enabled) return;
    const goldmane = new Goldmane(this, 'goldmane', {
      version: calico.version,
      adopt: this.adopts('goldmane'),
      dependsOn: [operator.resource],
    });
    if (calico.whisker.enabled) this.addWhisker(system, operator, goldmane);
  }

  private addNamespace(name: string, foreignLabels: readonly string[]): AdoptedNamespace {
    return new AdoptedNamespace(this, name, { name, foreignLabels, adopt: this.adopts('namespaces') });
  }

  private addOperator(): OperatorRelease {
    const { version, runningVersion, operator, installation } = this.settings.calico;
    const namespace = this.addNamespace('tigera-operator', [GOLDILOCKS_LABEL]);
    const chart = { namespace, version, repository: operator.repository ?? undefined };
    const crds =
      factsOf(parseVersion(version)?.series ?? '')?.crds === 'own-chart'
        ? new CrdRelease(this, 'crds', { ...chart, chart: operator.crdChart, adopt: this.adopts('crds') })
        : undefined;
    const release = new OperatorRelease(this, 'operator', {
      ...operator,
      ...chart,
      runningVersion,
      adopt: this.adopts('operator'),
      ...(crds !== undefined && { dependsOn: [crds.resource] }),
    });
    if (installation !== undefined) {
      new Installation(this, 'installation', {
        spec: installation.spec,
        adopt: this.adopts('installation'),
        dependsOn: [release.resource],
      });
    }
    return release;
  }

  private addWhisker(namespace: AdoptedNamespace, operator: OperatorRelease, goldmane: Goldmane): void {
    const { version, whisker: settings, watchdog } = this.settings.calico;
    const whisker = new Whisker(this, 'whisker', { version, goldmane, adopt: this.adopts('whisker') });
    const tiered = factsOf(parseVersion(version)?.series ?? '')?.operatorPolicies === 'projectcalico.org/v3';
    const tier = tiered
      ? new EarlyTier(this, 'tier', {
          namespace: namespace.plainName,
          adopt: this.adopts('network-policies'),
          dependsOn: [operator.resource],
        })
      : undefined;
    new WhiskerPolicies(this, 'whisker-policies', {
      version,
      namespace,
      tier,
      ingressNamespace: settings.ingress === undefined ? undefined : settings.ingressNamespace,
      dnsAddress: settings.dnsAddress,
      adopt: this.adopts('network-policies'),
    });
    if (settings.ingress !== undefined) {
      new WhiskerIngress(this, 'whisker-ingress', {
        ...settings.ingress,
        version,
        namespace,
        whisker,
        adopt: this.adopts('whisker-ingress'),
      });
    }
    if (watchdog.enabled) {
      const ownImage = watchdog.runtime === 'trail' ? this.settings.aggregator.image : DEFAULT_KUBECTL_IMAGE;
      new WhiskerWatchdog(this, 'watchdog', {
        ...watchdog,
        version,
        namespace,
        tier,
        image: watchdog.image ?? ownImage,
        adopt: this.adopts('watchdog'),
      });
    }
  }
}
