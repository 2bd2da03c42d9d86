/**
 * What reports need. `told` = the digest has told this edge, or never will: rows that are there already were
 * told by whoever told edges before, except those of the last day. Indexes hand rows out in the order that
 * people read them, so that a limit bounds the work; see docs/adr/.
 */
export const reports = /* sql */ `
ALTER TABLE edge ADD COLUMN told boolean NOT NULL DEFAULT true;
ALTER TABLE edge ALTER COLUMN told SET DEFAULT false;
UPDATE edge SET told = false WHERE first_seen >= now() - interval '1 day';
CREATE INDEX edge_untold ON edge (cluster, first_seen) WHERE NOT told;

CREATE TABLE digest (
  cluster         text        PRIMARY KEY,
  last_success_at timestamptz NOT NULL
);

CREATE INDEX edge_newest_from ON edge (cluster, src_ns, first_seen DESC);
CREATE INDEX edge_newest_to   ON edge (cluster, dst_ns, first_seen DESC);
-- With the action, a namespace's peers come from the index alone.
DROP INDEX edge_by_destination;
CREATE INDEX edge_by_destination ON edge (cluster, dst_ns, src_ns, action);

CREATE INDEX edge_service_from_service ON edge_service (cluster, src_service, first_seen DESC) WHERE src_service <> '';
CREATE INDEX edge_service_to_service   ON edge_service (cluster, dst_service, first_seen DESC) WHERE dst_service <> '';
CREATE INDEX edge_service_to_port      ON edge_service (cluster, dst_port, first_seen DESC);
`;
