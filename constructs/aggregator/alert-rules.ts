import { aggregator } from '../../contract';

/** One alert as Prometheus takes it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long `expr` must hold, e.g. `15m`. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Alerts that are evaluated together. */
export interface AlertGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

const { namespace, deployment, digest } = aggregator;

/**
 * The floor of the trail's alerts, from kube-state-metrics alone: nothing is recorded, or nobody is told.
 */
export const workloadAlerts: AlertGroup = {
  name: 'goldmane-trail.workloads',
  rules: [
    {
      alert: 'AggregatorDown',
      expr: `kube_deployment_status_replicas_available{namespace="${namespace}",deployment="${deployment}"} < 1`,
      for: '15m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'The trail is not being written',
        description:
          'No replica of the aggregator has been available for 15 minutes. Goldmane remembers an hour: after that, windows are lost.',
      },
    },
    {
      alert: 'DigestFailing',
      expr: [
        `kube_job_status_failed{namespace="${namespace}",job_name=~"${digest}.*"} > 0`,
        `and on (namespace, job_name) (time() - kube_job_status_start_time{namespace="${namespace}"} < 86400)`,
      ].join(' '),
      for: '30m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Nobody is told about new edges',
        description:
          'A digest Job of the last 24 hours failed. Edges are still recorded; the daily post is missing.',
      },
    },
  ],
};
