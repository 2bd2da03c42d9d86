import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { AggregatorNamespace } from '../constructs/aggregator/aggregator-namespace';
import { CertificateCopy } from '../constructs/aggregator/certificate-copy';
import { CertificateSync } from '../constructs/aggregator/certificate-sync';
import { DatabaseInit } from '../constructs/aggregator/database-init';
import { DigestSchedule } from '../constructs/aggregator/digest-schedule';
import { EdgeAggregator } from '../constructs/aggregator/edge-aggregator';
import { NetworkIsolation } from '../constructs/aggregator/network-isolation';
import { TrailMonitoring } from '../constructs/aggregator/trail-monitoring';
import { createTrailSecrets } from '../constructs/aggregator/trail-secrets';
import { hostCidr } from '../constructs/kubernetes/host-cidr';
import { ClusterStack } from '../constructs/terraform/cluster-stack';
import type { ProviderName } from '../constructs/terraform/providers';
import { ports } from '../contract';
import { alertGroups } from '../monitoring/alerts';
import type { Settings } from '../settings';
import type { AggregatorSettings, adoptableAggregatorParts } from '../settings/aggregator';

/** The durable trail: certificates, database, aggregator and digest, in that order. Composition only. */
export class GoldmaneEdgeAggregatorStack extends ClusterStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, {
      terraform: settings.terraform,
      providers: providersFor(settings.aggregator),
    });
    const { aggregator, calico, cluster: clusterName } = settings;
    const { image, imagePullSecret, database, goldmane, network, monitoring } = aggregator;
    const adopt = (part: (typeof adoptableAggregatorParts)[number]): boolean =>
      typeof aggregator.adopt === 'boolean' ? aggregator.adopt : aggregator.adopt.includes(part);

    const namespace = new AggregatorNamespace(this, 'namespace', {
      ...aggregator.namespace,
      adopt: adopt('namespace'),
    }).resource;
    const policies = new NetworkIsolation(this, 'network', {
      ...network,
      dnsAddresses: network.dnsAddresses ?? [hostCidr(calico.whisker.dnsAddress)],
      goldmanePort: Number(goldmane.host.split(':').at(-1)),
      databasePort: database.port,
      databaseInit: database.init,
      adopt: adopt('network-policies'),
      dependsOn: [namespace],
    }).resources;

    const copy = new CertificateCopy(this, 'certificates', {
      adopt: adopt('ca-config-map'),
      dependsOn: [namespace],
    });
    const certificates = new CertificateSync(this, 'certificate-sync', {
      image,
      imagePullSecret,
      schedule: aggregator.certificateSchedule,
      adopt: adopt('certificate-sync'),
      namespace,
      dependsOn: [...policies, ...copy.resources],
    }).job;

    const secrets = createTrailSecrets(this, {
      ...aggregator,
      adoptExternalSecrets: adopt('external-secrets'),
      adoptStaticRole: adopt('vault-static-role'),
      dependsOn: [namespace],
    });
    const databaseReady: ITerraformDependable[] = [certificates];
    if (database.init) {
      const admin = secrets.databaseAdmin();
      const init = new DatabaseInit(this, 'database-init', {
        image,
        imagePullSecret,
        host: database.host,
        port: database.port,
        adminSecret: admin.secret,
        credentialsSecret: secrets.rolePasswordSecret,
        adopt: adopt('database-init'),
        dependsOn: [certificates, ...policies, ...admin.ready],
      });
      databaseReady.push(init.job);
    }
    const credentials = secrets.database(databaseReady);
    const slack = secrets.slack();

    const deployment = new EdgeAggregator(this, 'aggregator', {
      ...aggregator,
      clusterName,
      goldmaneHost: goldmane.host,
      goldmaneServerName: goldmane.serverName,
      goldmaneTlsInsecure: goldmane.tlsInsecure,
      goldmaneTlsInsecureReason: goldmane.tlsInsecureReason,
      databaseSecret: credentials.secret,
      scrapeAnnotations: monitoring.scrapeAnnotations,
      adopt: adopt('aggregator'),
      dependsOn: [...databaseReady, ...credentials.ready],
    }).resource;
    new DigestSchedule(this, 'digest', {
      ...aggregator.digest,
      image,
      imagePullSecret,
      clusterName,
      slackSecret: slack?.secret,
      databaseSecret: credentials.secret,
      adopt: adopt('digest'),
      dependsOn: [deployment, ...(slack?.ready ?? [])],
    });
    new TrailMonitoring(this, 'monitoring', {
      ...monitoring,
      port: ports.http,
      alertGroups: alertGroups(monitoring.runbookUrl ?? undefined),
      adopt: adopt('monitoring'),
      dependsOn: [namespace],
    });
  }
}

/** Providers that these settings need: nobody must configure Vault who has none. */
function providersFor({ secrets, vault, monitoring }: AggregatorSettings): ProviderName[] {
  const fromVault = secrets === 'vault';
  const customResources = fromVault || monitoring.serviceMonitor || monitoring.prometheusRule;
  return [
    'kubernetes',
    ...(customResources ? (['kubectl'] as const) : []),
    ...(fromVault && vault.staticRole.create ? (['vault'] as const) : []),
  ];
}
