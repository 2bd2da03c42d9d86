/** Exact counting: services, days, what each unsettled window has contributed, who writes, what is covered. */
export const ledger = /* sql */ `
CREATE TABLE edge_service (
  cluster           text        NOT NULL,
  src_ns            text        NOT NULL,
  src_service       text        NOT NULL,
  dst_ns            text        NOT NULL,
  dst_service       text        NOT NULL,
  protocol          text        NOT NULL,
  dst_port          integer     NOT NULL,
  action            text        NOT NULL,
  first_seen        timestamptz NOT NULL,
  last_seen         timestamptz NOT NULL,
  flow_count        bigint      NOT NULL,
  connections       bigint      NOT NULL,
  bytes_out         bigint      NOT NULL,
  bytes_in          bigint      NOT NULL,
  settled_last_seen timestamptz,
  PRIMARY KEY (cluster, src_ns, dst_ns, src_service, dst_service, protocol, dst_port, action)
);
CREATE INDEX edge_service_by_destination ON edge_service (cluster, dst_ns, dst_service);

-- One row per edge and UTC day.
CREATE TABLE edge_day (
  cluster     text   NOT NULL,
  day         date   NOT NULL,
  src_ns      text   NOT NULL,
  dst_ns      text   NOT NULL,
  action      text   NOT NULL,
  flow_count  bigint NOT NULL,
  connections bigint NOT NULL,
  bytes_out   bigint NOT NULL,
  bytes_in    bigint NOT NULL,
  PRIMARY KEY (cluster, day, src_ns, dst_ns, action)
);

-- What each window has added to the three tables above, until it is settled; see docs/adr/.
CREATE TABLE window_ledger (
  cluster      text        NOT NULL,
  window_start timestamptz NOT NULL,
  contribution bytea       NOT NULL,
  PRIMARY KEY (cluster, window_start)
);

-- Windows from settled_until to live_until were streamed and may still grow; those before are in coverage.
-- epoch fences writers: only the holder of the newest one can commit.
CREATE TABLE writer (
  cluster       text        PRIMARY KEY,
  epoch         bigint      NOT NULL DEFAULT 0,
  holder        text        NOT NULL DEFAULT '',
  locked        boolean     NOT NULL DEFAULT false,
  heartbeat_at  timestamptz NOT NULL DEFAULT '-infinity',
  settled_until timestamptz,
  live_until    timestamptz
);

CREATE TABLE coverage (
  cluster     text        NOT NULL,
  range_start timestamptz NOT NULL,
  range_end   timestamptz NOT NULL,
  state       text        NOT NULL CHECK (state IN ('settled', 'live', 'gap')),
  PRIMARY KEY (cluster, range_start),
  CHECK (range_start < range_end)
);

-- Rows of an earlier aggregator reach up to its last window: count from there on. Times that nothing can have been
-- counted up to, by a clock that was wrong or by hand, would stop all counting until then.
INSERT INTO writer (cluster, settled_until, live_until)
SELECT cluster, to_timestamp(ceil(extract(epoch FROM
  least(max(last_seen) FILTER (WHERE isfinite(last_seen)), now())) / 15) * 15), NULL
FROM edge GROUP BY cluster;

-- The last sight of an edge could never move on from infinity, nor the first back to it.
UPDATE edge SET
  first_seen = CASE WHEN isfinite(first_seen) THEN first_seen ELSE 'epoch' END,
  last_seen = CASE WHEN isfinite(last_seen) THEN last_seen WHEN isfinite(first_seen) THEN first_seen ELSE 'epoch' END,
  settled_last_seen =
    CASE WHEN isfinite(last_seen) THEN last_seen WHEN isfinite(first_seen) THEN first_seen ELSE 'epoch' END
WHERE NOT (isfinite(first_seen) AND isfinite(last_seen));
`;
