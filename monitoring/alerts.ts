import { aggregator } from '../contract';
import type { AlertGroup, AlertRule } from './alert-rule';

/** Where the runbook is, as a path in this repository; settings may name a URL instead. */
export const RUNBOOK = 'docs/runbook.md';

/**
 * All alerts of the trail, for a PrometheusRule or a rules file. `runbook` is the URL of docs/runbook.md as
 * people can open it. Thresholds: Goldmane keeps an hour, so what hinders recording must be known well before.
 */
export function alertGroups(runbook: string = RUNBOOK): readonly AlertGroup[] {
  const group = (name: string, alerts: readonly Alert[]): AlertGroup => ({
    name: `goldmane-trail.${name}`,
    rules: alerts.map(
      ({ name: alert, expr, holds, severity = 'warning', summary, description }): AlertRule => ({
        alert,
        expr,
        for: holds,
        labels: { severity },
        annotations: { summary, description, runbook_url: `${runbook}#${alert.toLowerCase()}` },
      }),
    ),
  });
  return [group('workloads', workloads), group('record', record)];
}

interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long `expr` must hold. */
  readonly holds: string;
  /** @default warning */
  readonly severity?: AlertRule['labels']['severity'];
  readonly summary: string;
  readonly description: string;
}

const { namespace, deployment, digest } = aggregator;

/** The floor, from kube-state-metrics alone: nothing is recorded, or nobody is told. */
const workloads: readonly Alert[] = [
  {
    name: 'AggregatorDown',
    expr: `kube_deployment_status_replicas_available{namespace="${namespace}",deployment="${deployment}"} < 1`,
    holds: '15m',
    summary: 'The trail is not being written',
    description:
      'No replica of the aggregator has been available for 15 minutes. Goldmane remembers an hour: after that, windows are lost.',
  },
  {
    name: 'DigestFailing',
    expr: [
      `kube_job_status_failed{namespace="${namespace}",job_name=~"${digest}.*"} > 0`,
      `and on (namespace, job_name) (time() - kube_job_status_start_time{namespace="${namespace}"} < 86400)`,
    ].join(' '),
    holds: '30m',
    summary: 'Nobody is told about new edges',
    description:
      'A digest Job of the last 24 hours failed. Edges are still recorded; the next digest that succeeds tells them.',
  },
];

/** From the aggregator's own metrics: it runs, but the record suffers. */
const record: readonly Alert[] = [
  {
    name: 'TrailStale',
    // Without any traffic no window is streamed; the settle pass moves on with the clock, ten minutes behind.
    expr: `time() - max by (namespace) ({__name__=~"trail_written_window_timestamp_seconds|trail_settled_until_timestamp_seconds"}) > 900`,
    holds: '5m',
    severity: 'critical',
    summary: 'Nothing has reached the trail for 15 minutes',
    description:
      'The aggregator runs, but no window has reached the database. Goldmane remembers an hour: after that, windows are lost.',
  },
  {
    name: 'TrailGap',
    // A new process may find the gap before its first scrape: then there is no increase to see.
    expr: 'increase(trail_gap_seconds_total[1h]) > 0 or (trail_gap_seconds_total > 0 unless trail_gap_seconds_total offset 1h)',
    holds: '0m',
    summary: '{{ $value | humanizeDuration }} of windows are lost for good',
    description:
      'Goldmane forgot windows before the aggregator could read them. The time is marked as a gap; reports say so.',
  },
  {
    name: 'SlowReader',
    expr: 'time() - trail_newest_window_timestamp_seconds > 120 and trail_goldmane_connected == 1 and rate(trail_results_total[5m]) > 0',
    holds: '10m',
    summary: 'Reading the flow stream is {{ $value | humanizeDuration }} behind',
    description:
      'Flows arrive, but the newest window read is over two minutes old. Goldmane drops flows of a slow reader without telling; the settle pass repairs that, up to an hour back.',
  },
  {
    name: 'StreamIncomplete',
    expr: 'increase(trail_settle_added_flows_total[1h]) > 0.1 * increase(trail_settled_flows_total[1h]) and increase(trail_settle_added_flows_total[1h]) > 100',
    holds: '30m',
    summary: 'Of the flows of the last hour {{ $value | humanize }} were not in the stream',
    description:
      'More than a tenth of all flows was found only when windows were read again. Goldmane drops flows of a slow reader without telling, or nodes report late. Totals stay right, but new edges show ten minutes late.',
  },
  {
    name: 'SettleLagging',
    // At the greatest age that can be set, ten minutes are left of the hour that Goldmane remembers.
    expr: 'trail_settle_lag_seconds > 300 and trail_writer == 1',
    holds: '5m',
    summary: 'Windows have been waiting to be settled for {{ $value | humanizeDuration }}',
    description:
      'Fresh windows arrive, but reading them again does not keep up. Windows that Goldmane forgets before that stay without their late reports.',
  },
  {
    name: 'CertificateExpiring',
    expr: 'trail_client_certificate_expiry_timestamp_seconds - time() < 7 * 86400 and trail_client_certificate_expiry_timestamp_seconds > 0',
    holds: '1h',
    summary: 'The client certificate for Goldmane expires within a week',
    description:
      'The operator renews its pair long before it expires and the certificate sync copies it every few hours. One of the two does not work.',
  },
  {
    name: 'CardinalityCapped',
    expr: 'increase(trail_capped_flows_total[1h]) > 0',
    holds: '5m',
    summary: 'Flows are counted less finely than they arrive',
    description:
      'A pair of namespaces has more services than the aggregator keeps apart, or there are too many pairs; what is beyond is counted under other. Edges stay exact unless there are too many pairs, or more than 600,000 flows in one window.',
  },
  {
    name: 'GoldmaneClockWrong',
    // Put back, or a day and more ahead.
    expr: 'trail_goldmane_seconds_behind > 300 or increase(trail_results_dropped_total{reason="implausible_time"}[15m]) > 0',
    holds: '5m',
    severity: 'critical',
    summary: "The clock of Goldmane's node or of the database is wrong, and flows are not counted",
    description:
      'Windows come that lie before those on record, or more than a day in the future. Neither can be told apart from a fault, so they add nothing.',
  },
  {
    name: 'DatabaseUnwritable',
    expr: 'increase(trail_database_errors_total[5m]) > 0',
    holds: '10m',
    severity: 'critical',
    summary: 'The aggregator cannot write to PostgreSQL',
    description:
      'Writes or connections have failed for ten minutes. Windows wait in memory and, for an hour, in Goldmane.',
  },
];
