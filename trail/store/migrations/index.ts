import { referenceEdge } from './0001-reference-edge';
import { edgePerCluster } from './0002-edge-per-cluster';
import { ledger } from './0003-ledger';
import { reports } from './0004-reports';
import { daysOfANamespace } from './0005-days-of-a-namespace';

/** All migrations in order; the first has number 1. A released one is never edited, only followed. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'reference edge table', sql: referenceEdge },
  { name: 'edge per cluster', sql: edgePerCluster },
  { name: 'ledger', sql: ledger },
  { name: 'reports', sql: reports },
  { name: 'days of a namespace', sql: daysOfANamespace },
];
