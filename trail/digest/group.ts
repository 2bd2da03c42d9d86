import type { Edge } from '../report/edge';

/** New edges of one source namespace, denied ones first. */
export interface SourceGroup {
  readonly source: string;
  readonly edges: readonly Edge[];
}

/**
 * Groups edges by source namespace: sources with denied edges first, then by name; inside a group denied
 * edges first, then by destination. Only the first `maxEdges` edges are kept, denied ones before others, so
 * that what is left out is what matters least.
 */
export function groupBySource(edges: readonly Edge[], maxEdges: number): readonly SourceGroup[] {
  const kept = [...edges].sort(byImportance).slice(0, maxEdges);
  const groups = new Map<string, Edge[]>();
  // Sorted by importance, the first edge of each source decides where its group stands.
  for (const edge of kept) {
    const group = groups.get(edge.srcNs);
    if (group === undefined) groups.set(edge.srcNs, [edge]);
    else group.push(edge);
  }
  return [...groups].map(([source, of]) => ({ source, edges: of }));
}

function byImportance(a: Edge, b: Edge): number {
  return (
    Number(b.action === 'deny') - Number(a.action === 'deny') ||
    compare(a.srcNs, b.srcNs) ||
    compare(a.dstNs, b.dstNs) ||
    compare(a.action, b.action)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
