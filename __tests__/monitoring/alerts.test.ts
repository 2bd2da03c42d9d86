import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { alertGroups } from '../../monitoring/alerts';
import { dashboard, dashboardFile } from '../../monitoring/dashboard';
import { rulesFile } from '../../monitoring/rules-file';
import { createMetrics } from '../../trail/aggregator/metrics';
import { anchors } from '../support/markdown';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
const rules = alertGroups().flatMap((group) => group.rules);

test('every alert leads to a section of the runbook that exists', async () => {
  const found = anchors(await readFile(join(root, 'docs/runbook.md'), 'utf8'));
  for (const { alert, annotations } of rules) {
    const [page, anchor] = annotations.runbook_url.split('#');
    expect(page).toBe('docs/runbook.md');
    expect({ alert, documented: found.has(anchor!) }).toEqual({ alert, documented: true });
    expect(annotations.summary).not.toBe('');
    expect(annotations.description).not.toBe('');
  }
  const elsewhere = alertGroups('https://wiki.example.com/runbook')[0]?.rules[0];
  expect(elsewhere?.annotations.runbook_url).toBe('https://wiki.example.com/runbook#aggregatordown');
});

test('alerts and dashboard ask for metrics that the aggregator has', async () => {
  const known = new Set((await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name));
  const asked = `${rulesFile()}${dashboardFile()}`.match(/\btrail_[a-z_]+/g)!;
  const unknown = new Set(
    asked.filter((name) => !known.has(name.replace(/_(bucket|sum|count)$/, '')) && !known.has(name)),
  );
  expect([...unknown]).toEqual([]);
  expect(asked.length).toBeGreaterThan(20);
});

/** One situation: series by name, and which alerts fire after so many minutes. */
interface Situation {
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly firing: readonly string[];
}

const labels = 'namespace="goldmane-edge-aggregator",pod="aggregator-1",instance="10.0.0.1:9090"';
const own = (name: string): string => `${name}{${labels}}`;
const implausible = `trail_results_dropped_total{${labels},reason="implausible_time"}`;
const available =
  'kube_deployment_status_replicas_available{namespace="goldmane-edge-aggregator",deployment="goldmane-edge-aggregator"}';
const job = 'namespace="goldmane-edge-aggregator",job_name="goldmane-edges-digest-29000"';

/** Samples every minute; promtool's clock begins at 0, so a time that keeps up with the clock grows by 60. */
const healthy: Readonly<Record<string, string>> = {
  [available]: '1x240',
  [`kube_job_status_failed{${job}}`]: '0x240',
  [`kube_job_status_start_time{${job}}`]: '0x240',
  [own('trail_written_window_timestamp_seconds')]: '0+60x240',
  [own('trail_settled_until_timestamp_seconds')]: '0x10 0+60x230',
  [own('trail_newest_window_timestamp_seconds')]: '0+60x240',
  [own('trail_goldmane_connected')]: '1x240',
  [own('trail_results_total')]: '0+9000x240',
  [own('trail_settled_flows_total')]: '0+4000x240',
  [own('trail_settle_added_flows_total')]: '0+80x240',
  [own('trail_settle_lag_seconds')]: '15x240',
  [own('trail_writer')]: '1x240',
  [own('trail_gap_seconds_total')]: '0x240',
  [own('trail_client_certificate_expiry_timestamp_seconds')]: `${90 * 86_400}x240`,
  [own('trail_capped_flows_total')]: '0x240',
  [own('trail_database_errors_total')]: '0x240',
  [own('trail_goldmane_seconds_behind')]: '0x240',
  [implausible]: '0x240',
};

const situations: readonly Situation[] = [
  { name: 'all is well', series: {}, minutes: 200, firing: [] },
  {
    name: 'the aggregator has been gone for 10 minutes',
    series: { [available]: '1x60 0x180' },
    minutes: 71,
    firing: [],
  },
  {
    name: 'the aggregator has been gone for 20 minutes',
    series: { [available]: '1x60 0x180' },
    minutes: 81,
    firing: ['AggregatorDown'],
  },
  {
    name: 'a digest failed',
    series: { [`kube_job_status_failed{${job}}`]: '0x20 1x220' },
    minutes: 60,
    firing: ['DigestFailing'],
  },
  {
    name: 'a digest failed longer than a day ago',
    series: {
      [`kube_job_status_failed{${job}}`]: '1x240',
      [`kube_job_status_start_time{${job}}`]: `${-86_400}x240`,
    },
    minutes: 200,
    firing: [],
  },
  {
    name: 'another Job of the namespace failed',
    series: {
      'kube_job_status_failed{namespace="goldmane-edge-aggregator",job_name="goldmane-cert-sync-1"}': '1x240',
    },
    minutes: 200,
    firing: [],
  },
  {
    name: 'nothing is written any more and nothing settles',
    series: {
      [own('trail_written_window_timestamp_seconds')]: '0+60x100 6000x140',
      [own('trail_settled_until_timestamp_seconds')]: '0x10 0+60x90 5400x140',
    },
    minutes: 125,
    firing: ['TrailStale'],
  },
  {
    name: 'there is no traffic, but windows settle',
    series: { [own('trail_written_window_timestamp_seconds')]: '0+60x30 1800x210' },
    minutes: 200,
    firing: [],
  },
  {
    name: 'one replica stands by while the other writes',
    series: {
      'trail_written_window_timestamp_seconds{namespace="goldmane-edge-aggregator",pod="aggregator-2"}':
        '0x240',
    },
    minutes: 200,
    firing: [],
  },
  {
    name: 'windows were lost',
    series: { [own('trail_gap_seconds_total')]: '0x100 900x140' },
    minutes: 110,
    firing: ['TrailGap'],
  },
  {
    name: 'a new process found a gap before its first scrape',
    series: {
      'trail_gap_seconds_total{namespace="goldmane-edge-aggregator",pod="aggregator-2"}': '_x100 900x140',
    },
    minutes: 110,
    firing: ['TrailGap'],
  },
  {
    name: 'windows were lost two hours ago',
    series: { [own('trail_gap_seconds_total')]: '0x20 900x220' },
    minutes: 150,
    firing: [],
  },
  {
    name: 'the stream is read too slowly',
    series: { [own('trail_newest_window_timestamp_seconds')]: '0+60x100 5700+60x140' },
    minutes: 120,
    firing: ['SlowReader'],
  },
  {
    name: 'the clock of Goldmane was put back by half an hour',
    series: { [own('trail_goldmane_seconds_behind')]: '0x100 1800-60x140' },
    minutes: 110,
    firing: ['GoldmaneClockWrong'],
  },
  {
    name: 'flows come from the far future',
    series: { [implausible]: '0x100 0+500x140' },
    minutes: 110,
    firing: ['GoldmaneClockWrong'],
  },
  {
    name: 'there is no traffic to read',
    series: {
      [own('trail_newest_window_timestamp_seconds')]: '0+60x100 6000x140',
      [own('trail_results_total')]: '0+9000x100 900000x140',
    },
    minutes: 200,
    firing: [],
  },
  {
    name: 'a fifth of all flows is not in the stream',
    series: { [own('trail_settle_added_flows_total')]: '0+80x60 4800+800x180' },
    minutes: 200,
    firing: ['StreamIncomplete'],
  },
  {
    name: 'a quiet cluster has one late report',
    series: {
      [own('trail_settled_flows_total')]: '0x60 3x180',
      [own('trail_settle_added_flows_total')]: '0x60 3x180',
    },
    minutes: 100,
    firing: [],
  },
  {
    name: 'windows arrive and do not settle',
    series: { [own('trail_settle_lag_seconds')]: '15x60 15+60x180' },
    minutes: 75,
    firing: ['SettleLagging'],
  },
  {
    name: 'a replica that was the writer once stands by',
    series: { [own('trail_settle_lag_seconds')]: '900x240', [own('trail_writer')]: '0x240' },
    minutes: 200,
    firing: [],
  },
  {
    name: 'the certificate has six days left',
    series: { [own('trail_client_certificate_expiry_timestamp_seconds')]: `${6 * 86_400}x240` },
    minutes: 70,
    firing: ['CertificateExpiring'],
  },
  {
    name: 'no certificate has been read yet',
    series: { [own('trail_client_certificate_expiry_timestamp_seconds')]: '0x240' },
    minutes: 200,
    firing: [],
  },
  {
    name: 'there are too many services',
    series: { [own('trail_capped_flows_total')]: '0x100 12x140' },
    minutes: 110,
    firing: ['CardinalityCapped'],
  },
  {
    name: 'writes fail and fail',
    series: { [own('trail_database_errors_total')]: '0x100 0+4x140' },
    minutes: 115,
    firing: ['DatabaseUnwritable'],
  },
  {
    name: 'a single write failed',
    series: { [own('trail_database_errors_total')]: '0x100 1x140' },
    minutes: 112,
    firing: [],
  },
];

const promtool = spawnSync('promtool', ['--version']).error === undefined;

// Debian's package `prometheus` brings promtool; .ci/run installs it.
(promtool ? describe : describe.skip)(
  'in Prometheus itself (skipped where promtool is not installed)',
  () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'trail-alerts-'));
      await writeFile(join(folder, 'rules.yaml'), rulesFile());
    });

    afterAll(() => rm(folder, { recursive: true }));

    test('the rules file loads', async () => {
      const { stdout } = await promtoolOutput(['check', 'rules', 'rules.yaml'], folder);
      expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
    });

    test('every query of the dashboard is one that Prometheus understands', async () => {
      const targets = (dashboard().panels ?? []).flatMap((panel) =>
        'targets' in panel ? (panel.targets ?? []) : [],
      );
      const queries = (targets as unknown as { readonly expr: string }[]).map(({ expr }) => expr);
      const recording = queries.map((expr, index) => ({ record: `query_${index}`, expr }));
      await writeFile(
        join(folder, 'queries.yaml'),
        stringify({ groups: [{ name: 'dashboard', rules: recording }] }),
      );
      const { stdout } = await promtoolOutput(['check', 'rules', 'queries.yaml'], folder);
      expect(stdout).toContain(`SUCCESS: ${queries.length} rules found`);
      expect(queries.length).toBeGreaterThan(10);
    });

    test.each(situations)('$name: firing $firing', async (situation) => {
      const file = join(folder, 'test.yaml');
      await writeFile(file, stringify(promtoolTest(situation)));
      const { stdout } = await promtoolOutput(['test', 'rules', 'test.yaml'], folder);
      expect(stdout).toContain('SUCCESS');
    });

    test('every alert has a situation in which it fires', () => {
      const fired = new Set(situations.flatMap(({ firing }) => firing));
      expect(rules.map(({ alert }) => alert).filter((name) => !fired.has(name))).toEqual([]);
    });
  },
);

/** Output of promtool; what it complained about is the error. */
async function promtoolOutput(argv: readonly string[], cwd: string): Promise<{ readonly stdout: string }> {
  try {
    return await run('promtool', [...argv], { cwd });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(stdout + stderr, { cause: error });
  }
}

/** All alerts are asked for in each situation, so that one too many fails it as well. */
function promtoolTest({ series, minutes, firing }: Situation): unknown {
  const at = `${minutes}m`;
  return {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries({ ...healthy, ...series }).map(([name, values]) => ({
          series: name,
          values,
        })),
        promql_expr_test: rules.map(({ alert }) => ({
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
          eval_time: at,
          exp_samples: firing.includes(alert) ? [{ labels: '{}', value: 1 }] : [],
        })),
      },
    ],
  };
}
