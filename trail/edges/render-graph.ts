import type { Action } from '../flow/action';

/** One arrow of a graph. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly action: Action;
  /** Short text on the arrow. @default none */
  readonly label?: string;
}

/** A graph for Graphviz. Denied edges are red and dashed. */
export function renderDot(edges: readonly GraphEdge[]): string {
  const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  const lines = edges.map(({ from, to, action, label }) => {
    const attributes = [
      ...(label === undefined ? [] : [`label=${quote(label)}`]),
      ...(action === 'deny' ? ['color=red', 'fontcolor=red', 'style=dashed'] : []),
    ];
    return `  ${quote(from)} -> ${quote(to)}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`};`;
  });
  return ['digraph trail {', '  rankdir=LR;', '  node [shape=box];', ...lines, '}', ''].join('\n');
}

/** A graph for Mermaid, as Markdown pages show it. Denied edges are red and dotted. */
export function renderMermaid(edges: readonly GraphEdge[]): string {
  const quote = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`;
  const ids = new Map<string, string>();
  const id = (node: string): string => {
    const known = ids.get(node) ?? `n${ids.size}`;
    ids.set(node, known);
    return known;
  };
  const arrows = edges.map(({ from, to, action, label }) => {
    const arrow = action === 'deny' ? '-.->' : '-->';
    return `  ${id(from)} ${arrow}${label === undefined ? '' : `|${quote(label)}|`} ${id(to)}`;
  });
  const nodes = [...ids].map(([node, of]) => `  ${of}[${quote(node)}]`);
  const denied = edges.flatMap(({ action }, index) => (action === 'deny' ? [index] : []));
  const style = denied.length === 0 ? [] : [`  linkStyle ${denied.join(',')} stroke:red,color:red`];
  return ['flowchart LR', ...nodes, ...arrows, ...style, ''].join('\n');
}
