import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Dashboard,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { aggregator } from '../contract';

const { namespace, deployment, digest } = aggregator;
const COLUMNS = 24;
const source = { type: 'prometheus', uid: '${datasource}' };

/**
 * The dashboard for whoever is called at night, top to bottom: is it recording, is anything lost, is anybody told;
 * then where it stops, in the order of the flow: Goldmane, memory, database. Built with Grafana's own types.
 */
// Grafana's newer schema is unknown to releases before 12; all releases import this one.
/* eslint-disable @typescript-eslint/no-deprecated */
export function dashboard(): Dashboard {
  const builder = new DashboardBuilder('Goldmane trail')
    .uid('goldmane-trail')
    .description(
      'Is the trail being written, is anything lost, and where does it stop? What to do: docs/runbook.md',
    )
    .tags(['goldmane-trail', 'calico'])
    .timezone('utc')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const panel of [...stats, ...charts]) builder.withPanel(panel);
  return builder.build();
}
/* eslint-enable @typescript-eslint/no-deprecated */

/** Text of the file that Grafana imports. */
export function dashboardFile(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

interface Stat {
  readonly title: string;
  readonly description: string;
  readonly expr: string;
  readonly unit: string;
  /** Colours from a value on; the first step has none. */
  readonly steps: readonly (readonly [from: number | null, colour: string])[];
}

const stats: readonly Builder<Panel>[] = (
  [
    {
      title: 'Behind by',
      description:
        'Time since the newest window in the database. Under a minute is normal; Goldmane forgets after an hour.',
      expr: 'time() - max(trail_written_window_timestamp_seconds)',
      unit: 's',
      steps: [
        [null, 'green'],
        [300, 'orange'],
        [900, 'red'],
      ],
    },
    {
      title: 'Replicas available',
      description: 'Of the aggregator. One is enough; a second one stands by.',
      expr: `sum(kube_deployment_status_replicas_available{namespace="${namespace}",deployment="${deployment}"})`,
      unit: 'none',
      steps: [
        [null, 'red'],
        [1, 'green'],
      ],
    },
    {
      title: 'Lost in the last 24 h',
      description: 'Windows that Goldmane forgot before they were read. Reports mark the time as a gap.',
      expr: 'sum(increase(trail_gap_seconds_total[24h]))',
      unit: 's',
      steps: [
        [null, 'green'],
        [1, 'red'],
      ],
    },
    {
      title: 'Last digest',
      description: 'Time since a digest Job succeeded. It runs once a day.',
      expr: `time() - max(kube_cronjob_status_last_successful_time{namespace="${namespace}",cronjob="${digest}"})`,
      unit: 's',
      steps: [
        [null, 'green'],
        [90_000, 'orange'],
        [180_000, 'red'],
      ],
    },
    {
      title: 'Certificate left',
      description: 'Until the client certificate for Goldmane expires.',
      expr: 'min(trail_client_certificate_expiry_timestamp_seconds > 0) - time()',
      unit: 's',
      steps: [
        [null, 'red'],
        [7 * 86_400, 'orange'],
        [30 * 86_400, 'green'],
      ],
    },
    {
      title: 'Counted too coarsely',
      description: 'Flows of the last hour beyond the bound on distinct services. Totals stay right.',
      expr: 'sum(increase(trail_capped_flows_total[1h]))',
      unit: 'none',
      steps: [
        [null, 'green'],
        [1, 'orange'],
      ],
    },
  ] satisfies readonly Stat[]
).map((stat: Stat, _index, all) =>
  new StatBuilder()
    .title(stat.title)
    .description(stat.description)
    .datasource(source)
    .unit(stat.unit)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Background)
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(stat.steps.map(([value, color]) => ({ value, color }))),
    )
    .height(4)
    .span(COLUMNS / all.length)
    .withTarget(query(stat.expr).instant()),
);

interface Chart {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** Legend and expression of each line. */
  readonly lines: readonly (readonly [legend: string, expr: string])[];
}

const charts: readonly Builder<Panel>[] = (
  [
    {
      title: 'Lag of each stage',
      description:
        'Read = from Goldmane, written = in the database, settled = read again and final (ten minutes by design).',
      unit: 's',
      lines: [
        ['read {{pod}}', 'time() - (trail_newest_window_timestamp_seconds > 0)'],
        ['written {{pod}}', 'time() - (trail_written_window_timestamp_seconds > 0)'],
        ['settled {{pod}}', 'time() - (trail_settled_until_timestamp_seconds > 0)'],
      ],
    },
    {
      title: 'Flow results per second',
      description: 'Read by both passes. Left out: within a namespace, without one, or unreadable.',
      unit: 'ops',
      lines: [
        ['read', 'sum(rate(trail_results_total[5m]))'],
        ['observations', 'sum(rate(trail_observations_total[5m]))'],
        ['left out: {{reason}}', 'sum by (reason) (rate(trail_results_dropped_total[5m]))'],
      ],
    },
    {
      title: 'Goldmane connection',
      description: '1 = the stream is up. Steps in reconnects show how often it broke.',
      unit: 'none',
      lines: [
        ['connected {{pod}}', 'trail_goldmane_connected'],
        ['writing {{pod}}', 'trail_writer'],
        ['reconnects in 1 h', 'sum(increase(trail_goldmane_reconnects_total[1h]))'],
      ],
    },
    {
      title: 'Windows waiting',
      description: 'In memory: read but not written. Open: written but not settled (about 40 by design).',
      unit: 'none',
      lines: [
        ['in memory {{pod}}', 'trail_backlog_windows'],
        ['open {{pod}}', 'trail_ledger_rows'],
        ['given up in 1 h', 'sum(increase(trail_backlog_windows_dropped_total[1h]))'],
      ],
    },
    {
      title: 'Database writes',
      description: 'Duration of writing transactions.',
      unit: 's',
      lines: [
        ['p50', 'histogram_quantile(0.5, sum by (le) (rate(trail_database_write_seconds_bucket[5m])))'],
        ['p99', 'histogram_quantile(0.99, sum by (le) (rate(trail_database_write_seconds_bucket[5m])))'],
      ],
    },
    {
      title: 'Found only when read again',
      description: 'Share of flows that the stream did not show: late reports, or dropped for a slow reader.',
      unit: 'percentunit',
      lines: [
        [
          'not in the stream',
          'sum(increase(trail_settle_added_flows_total[1h])) / sum(increase(trail_settled_flows_total[1h]))',
        ],
      ],
    },
    {
      title: 'Memory',
      description: 'Of the process, garbage not yet collected included. The pod is killed at its limit.',
      unit: 'bytes',
      lines: [
        ['resident {{pod}}', 'process_resident_memory_bytes and on (pod, instance) trail_writer'],
        ['heap {{pod}}', 'nodejs_heap_size_used_bytes and on (pod, instance) trail_writer'],
      ],
    },
    {
      title: 'Database errors',
      description: 'Writes or connections that failed, per minute.',
      unit: 'none',
      lines: [['errors', 'sum(rate(trail_database_errors_total[5m])) * 60']],
    },
  ] satisfies readonly Chart[]
).map((chart: Chart) => {
  const panel = new TimeseriesBuilder()
    .title(chart.title)
    .description(chart.description)
    .datasource(source)
    .unit(chart.unit)
    .min(0)
    .height(8)
    .span(COLUMNS / 2);
  chart.lines.forEach(([legend, expr], index) => {
    panel.withTarget(query(expr, index).range().legendFormat(legend));
  });
  return panel;
});

function query(expr: string, index = 0): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).refId(String.fromCharCode(65 + index));
}
