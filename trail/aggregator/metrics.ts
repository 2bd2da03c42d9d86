import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Everything that the aggregator tells Prometheus; names are a contract with alerts and dashboards. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  return {
    registry,
    results: counter('trail_results_total', 'Flow results read from Goldmane, by both passes'),
    observations: counter(
      'trail_observations_total',
      'Observations (a flow in one window) in the stream, those of a replay included',
    ),
    dropped: new Counter({
      name: 'trail_results_dropped_total',
      help: 'Flow results that are part of no edge, by reason',
      labelNames: ['reason'] as const,
      registers,
    }),
    capped: counter(
      'trail_capped_flows_total',
      'Flows that met a bound and were counted less finely, by both passes',
    ),
    edgesWritten: counter('trail_edges_written_total', 'Edge rows inserted or updated'),
    flowsSettled: counter('trail_settled_flows_total', 'Flows in windows that were read again and settled'),
    flowsAdded: counter(
      'trail_settle_added_flows_total',
      'Flows that the stream did not show and reading again did: late reports, or dropped for a slow reader',
    ),
    windowsSettled: counter('trail_windows_settled_total', 'Windows read again and settled'),
    daysRemoved: counter('trail_edge_day_removed_total', 'Rows of the daily roll-up removed for their age'),
    gapSeconds: counter('trail_gap_seconds_total', 'Seconds of windows that were lost for good'),
    reconnects: counter('trail_goldmane_reconnects_total', 'Connections to Goldmane after the first'),
    databaseErrors: counter('trail_database_errors_total', 'Writes or connections to PostgreSQL that failed'),
    backlogDropped: counter(
      'trail_backlog_windows_dropped_total',
      'Windows dropped from memory, to be read again from Goldmane',
    ),
    writeSeconds: new Histogram({
      name: 'trail_database_write_seconds',
      help: 'Duration of writing transactions',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    newestWindow: gauge(
      'trail_newest_window_timestamp_seconds',
      'End of the newest window read, Unix seconds',
    ),
    writtenWindow: gauge(
      'trail_written_window_timestamp_seconds',
      'End of the newest window in the database, Unix seconds',
    ),
    settledUntil: gauge(
      'trail_settled_until_timestamp_seconds',
      'All windows up to here are final, Unix seconds',
    ),
    settleLag: gauge(
      'trail_settle_lag_seconds',
      'Windows that are old enough to be settled and are not, by the clock of Goldmane',
    ),
    secondsBehind: gauge(
      'trail_goldmane_seconds_behind',
      "How far Goldmane's newest window lies before what is recorded already: its clock was put back",
    ),
    ledgerRows: gauge('trail_ledger_rows', 'Windows that are not settled yet'),
    backlogWindows: gauge('trail_backlog_windows', 'Windows read but not written yet'),
    leader: gauge('trail_writer', '1 = this process writes, 0 = it stands by'),
    connected: gauge('trail_goldmane_connected', '1 = the flow stream is up'),
    certificateExpiry: gauge(
      'trail_client_certificate_expiry_timestamp_seconds',
      'End of the client certificate, Unix seconds',
    ),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
