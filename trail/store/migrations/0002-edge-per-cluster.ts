/**
 * One trail for many clusters: the cluster comes first in every key. Rows that were there before belong to
 * the cluster of the program that migrates (setting trail.cluster) and count as settled.
 */
export const edgePerCluster = /* sql */ `
ALTER TABLE edge
  ADD COLUMN cluster           text,
  ADD COLUMN connections       bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_out         bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_in          bigint NOT NULL DEFAULT 0,
  -- End of the last settled window with this edge; NULL = seen in windows only that are not settled yet.
  ADD COLUMN settled_last_seen timestamptz;

UPDATE edge SET cluster = current_setting('trail.cluster'), settled_last_seen = last_seen;

ALTER TABLE edge ALTER COLUMN cluster SET NOT NULL;
ALTER TABLE edge DROP CONSTRAINT edge_pkey;
ALTER TABLE edge ADD PRIMARY KEY (cluster, src_ns, dst_ns, action);

CREATE INDEX edge_by_destination ON edge (cluster, dst_ns, src_ns);
CREATE INDEX edge_by_first_seen  ON edge (cluster, first_seen DESC);
CREATE INDEX edge_denied         ON edge (cluster, first_seen DESC) WHERE action = 'deny';
`;
