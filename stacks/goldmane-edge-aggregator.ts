import type { Construct } from 'constructs';
import { AggregatorNamespace } from '../constructs/aggregator/aggregator-namespace';
import { DigestSchedule } from '../constructs/aggregator/digest-schedule';
import { EdgeAggregator } from '../constructs/aggregator/edge-aggregator';
import { aggregator as names } from '../contract';
import { ClusterStack } from '../constructs/terraform/cluster-stack';
import type { Settings } from '../settings';
import type { adoptableAggregatorParts } from '../settings/aggregator';

/** The durable trail: database, certificates, aggregator and digest. Composition only. */
export class GoldmaneEdgeAggregatorStack extends ClusterStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { terraform: settings.terraform, providers: ['kubernetes', 'kubectl'] });
    const { aggregator, cluster } = settings;
    const adopt = (part: (typeof adoptableAggregatorParts)[number]): boolean =>
      typeof aggregator.adopt === 'boolean' ? aggregator.adopt : aggregator.adopt.includes(part);
    const { image, imagePullSecret, logLevel, goldmane } = aggregator;

    const namespace = new AggregatorNamespace(this, 'namespace', {
      ...aggregator.namespace,
      adopt: adopt('namespace'),
    });
    const deployment = new EdgeAggregator(this, 'aggregator', {
      image,
      imagePullSecret,
      logLevel,
      imageManagedBy: aggregator.imageManagedBy,
      replicas: aggregator.replicas,
      memory: aggregator.memory,
      clusterName: cluster,
      goldmaneHost: goldmane.host,
      goldmaneServerName: goldmane.serverName,
      goldmaneTlsInsecure: goldmane.tlsInsecure,
      goldmaneTlsInsecureReason: goldmane.tlsInsecureReason,
      multiServiceNamespaces: aggregator.multiServiceNamespaces,
      settleAgeSeconds: aggregator.settleAgeSeconds,
      databaseSecret: names.databaseSecret,
      reloader: aggregator.reloader,
      scrapeAnnotations: aggregator.monitoring.scrapeAnnotations,
      adopt: adopt('aggregator'),
      dependsOn: [namespace.resource],
    });
    new DigestSchedule(this, 'digest', {
      ...aggregator.digest,
      image,
      imagePullSecret,
      logLevel,
      clusterName: cluster,
      slackSecret: names.slackSecret,
      databaseSecret: names.databaseSecret,
      adopt: adopt('digest'),
      dependsOn: [deployment.resource],
    });
  }
}
