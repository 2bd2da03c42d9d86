import * as z from 'zod';
import { DEFAULT_VERSION } from '../calico-releases';
import { watchdog } from '../contract';
import { imageReference } from './image';
import { cronSchedule, dnsLabel, hostName, ipAddress, memoryQuantity } from './kubernetes';
import { whiskerIngressSettings } from './whisker-ingress';

const version = z.string().regex(/^v?\d+\.\d+\.\d+$/, 'a full version, e.g. v3.30.7');

/** Parts of the stack that a running cluster may have already. */
export const adoptableParts = [
  'namespaces',
  'crds',
  'operator',
  'installation',
  'goldmane',
  'whisker',
  'whisker-ingress',
  'network-policies',
  'watchdog',
  'egress-observation',
] as const;

const operator = z.strictObject({
  chart: z.string().min(1).default('tigera-operator').describe('Chart in the repository, or a folder'),
  crdChart: z
    .string()
    .min(1)
    .default('crd.projectcalico.org.v1')
    .describe(
      'Chart of the CRDs from 3.32 on. It decides how the API is served: projectcalico.org.v3 drops the API server; never switch on a running cluster',
    ),
  repository: z
    .string()
    .min(1)
    .nullable()
    .default('https://docs.tigera.io/calico/charts')
    .describe('Repository of both charts; null where they are folders or oci:// addresses'),
  memoryLimit: memoryQuantity
    .default('512Mi')
    .describe('Start-up, when caches fill, needs far more than the idle 40Mi'),
  takeOwnership: z
    .boolean()
    .default(false)
    .describe('Takes over an operator that runs from plain manifests, without a Helm release'),
  kubeletVolumePluginPath: z
    .string()
    .min(1)
    .optional()
    .describe("Chart value of that name, written where the release expects it; default: the chart's"),
});

const watchdogSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('Restarts Whisker when its backend has lost Goldmane for good'),
  runtime: z
    .enum(['trail', 'kubectl'])
    .default('trail')
    .describe('kubectl: a shell script in a plain kubectl image, for clusters that cannot pull ours'),
  image: imageReference.optional().describe('Default: aggregator.image, or with kubectl alpine/k8s'),
  imagePullSecret: dnsLabel.optional().describe('Secret in calico-system for pulling the image'),
  schedule: cronSchedule.default('*/10 * * * *').describe('When it looks'),
  errorThreshold: z
    .int()
    .min(1)
    .default(watchdog.errorThreshold)
    .describe('Connection errors within the window from which on the backend counts as hanging'),
  windowMinutes: z
    .int()
    .min(1)
    .max(60)
    .default(watchdog.windowMinutes)
    .describe('How far back the log is read; a little more than the period of the schedule'),
});

const egressObservation = z.strictObject({
  enabled: z.boolean().default(false).describe('Logs every outgoing connection of the chosen namespaces'),
  name: dnsLabel.default('wave1-egress-observe-tier34').describe('Name of the GlobalNetworkPolicy'),
  order: z.number().default(2000).describe('Late, so that any real policy decides first'),
  tierLabel: z.string().min(1).default('tier').describe('Namespace label whose value is matched by tiers'),
  tiers: z
    .array(z.string().min(1))
    .default(['3-edge', '4-aux'])
    .describe('Namespaces are chosen by these values of the label'),
  namespaces: z.array(dnsLabel).default([]).describe('More namespaces, by name'),
  annotationDomain: hostName.default('goldmane-trail').describe('Prefix of the annotations'),
  wave: z.string().min(1).default('1').describe('Value of the annotation wave'),
});

/** The calico stack: releases, adoption, flow plane, Whisker's exposure, watchdog. */
export const calicoSettings = z.strictObject({
  version: version
    .default(DEFAULT_VERSION)
    .describe('Calico release to run; the operator chart has the same'),
  runningVersion: version
    .optional()
    .describe('Release that runs today; leave it out on a cluster without Calico. Guards upgrade hops'),
  adopt: z
    .union([z.boolean(), z.array(z.enum(adoptableParts))])
    .default(false)
    .describe('What exists already and is imported: everything, nothing, or a list of parts'),
  operator: operator.prefault({}),
  installation: z
    .strictObject({
      spec: z.record(z.string(), z.unknown()).describe('Spec of the Installation, see the operator API'),
    })
    .optional()
    .describe('Only for a cluster without Calico; left out, the live Installation is not touched'),
  goldmane: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Collects flows; switching it restarts calico-node on every node'),
    })
    .prefault({}),
  whisker: z
    .strictObject({
      enabled: z.boolean().default(true).describe('The web page over Goldmane; needs it'),
      ingress: whiskerIngressSettings
        .optional()
        .describe('Left out, Whisker is reached by port-forward only'),
      ingressNamespace: dnsLabel.default('traefik').describe('Namespace of the ingress controller'),
      dnsAddress: ipAddress.default('10.96.0.10').describe('ClusterIP of kube-dns'),
    })
    .prefault({}),
  watchdog: watchdogSettings.prefault({}),
  egressObservation: egressObservation.prefault({}),
});

/** Settings of the calico stack after defaults. */
export type CalicoSettings = z.output<typeof calicoSettings>;
