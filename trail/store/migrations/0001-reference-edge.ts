/** The table as the first aggregator of this kind made it; a database that has it already keeps its rows. */
export const referenceEdge = /* sql */ `
CREATE TABLE IF NOT EXISTS edge (
  src_ns     text        NOT NULL,
  dst_ns     text        NOT NULL,
  action     text        NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen  timestamptz NOT NULL,
  flow_count bigint      NOT NULL DEFAULT 0,
  PRIMARY KEY (src_ns, dst_ns, action)
);
`;
