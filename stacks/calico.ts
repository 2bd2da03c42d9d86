import type { Construct } from 'constructs';
import {
  AdoptedNamespace,
  GOLDILOCKS_LABEL,
  POD_SECURITY_LABELS,
} from '../constructs/calico/adopted-namespace';
import { Goldmane } from '../constructs/calico/goldmane';
import { OperatorRelease } from '../constructs/calico/operator-release';
import { Whisker } from '../constructs/calico/whisker';
import { ClusterStack } from '../constructs/terraform/cluster-stack';
import type { Settings } from '../settings';
import type { adoptableParts } from '../settings/calico';

/** The flow plane: Calico's operator, Goldmane, Whisker and what guards them. Composition only. */
export class CalicoStack extends ClusterStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { terraform: settings.terraform, providers: ['kubernetes', 'helm', 'kubectl'] });
    const { calico } = settings;
    const adopt = (part: (typeof adoptableParts)[number]): boolean =>
      typeof calico.adopt === 'boolean' ? calico.adopt : calico.adopt.includes(part);

    for (const name of ['calico-system', 'calico-apiserver']) {
      new AdoptedNamespace(this, name, {
        name,
        foreignLabels: [GOLDILOCKS_LABEL, ...POD_SECURITY_LABELS],
        adopt: adopt('namespaces'),
      });
    }
    const operatorNamespace = new AdoptedNamespace(this, 'tigera-operator', {
      name: 'tigera-operator',
      foreignLabels: [GOLDILOCKS_LABEL],
      adopt: adopt('namespaces'),
    });
    const operator = new OperatorRelease(this, 'operator', {
      ...calico.operator,
      repository: calico.operator.repository ?? undefined,
      namespace: operatorNamespace.name,
      namespaceName: 'tigera-operator',
      version: calico.version,
      runningVersion: calico.runningVersion,
      adopt: adopt('operator'),
    });
    if (!calico.goldmane.enabled) return;
    const goldmane = new Goldmane(this, 'goldmane', {
      version: calico.version,
      adopt: adopt('goldmane'),
      dependsOn: [operator.resource],
    });
    if (!calico.whisker.enabled) return;
    new Whisker(this, 'whisker', { version: calico.version, goldmane, adopt: adopt('whisker') });
  }
}
