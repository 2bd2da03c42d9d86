/**
 * Finds the days of a namespace at either end, and those of a pair, without reading all of a day: its key begins with
 * the day. Only a new row of a day touches these indexes, since no later count changes what they hold.
 */
export const daysOfANamespace = /* sql */ `
CREATE INDEX edge_day_by_pair        ON edge_day (cluster, src_ns, dst_ns, day);
CREATE INDEX edge_day_by_destination ON edge_day (cluster, dst_ns, day);
`;
