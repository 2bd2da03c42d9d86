import type { Action } from '../flow/action';
import { coverageNotes, type Coverage } from '../report/coverage';
import type { Edge, ServiceEdge } from '../report/edge';
import { paint, type Style } from '../report/style';
import { ago, isoTime, span, utc } from '../report/time';
import { edgeObject, serviceObject } from './render-json';
import { renderServiceTable } from './render-table';

/** All that the trail knows of one pair of namespaces. */
export interface Explanation {
  readonly cluster: string;
  readonly src: string;
  readonly dst: string;
  /** One for each verdict that was seen. */
  readonly edges: readonly Edge[];
  /** The same the other way round. */
  readonly reverse: readonly Edge[];
  readonly services: readonly ServiceEdge[];
  readonly moreServices: boolean;
  /** UTC days with each verdict, of the last `recentDays`. */
  readonly days: readonly { readonly action: Action; readonly days: number }[];
  readonly recentDays: number;
  /** Of all time. */
  readonly coverage: Coverage;
}

/** The explanation for people. Ends with a line break. */
export function renderExplanation(explanation: Explanation, style: Style, now: number): string {
  const { cluster, src, dst, edges, reverse, services, moreServices } = explanation;
  const lines = [paint(style, 'bold', `${src} → ${dst} on ${cluster}`), ''];
  if (edges.length === 0) lines.push('never seen');
  for (const edge of edges) {
    const text = `${edge.action.padEnd(6)} since ${when(edge.firstSeen, now)}, last ${when(edge.lastSeen, now)}, ${edge.flowCount} flows`;
    lines.push(edge.action === 'deny' ? paint(style, 'red', text) : text);
    const days = explanation.days.find(({ action }) => action === edge.action)?.days ?? 0;
    lines.push(`       seen on ${days} of the last ${explanation.recentDays} days`);
  }
  const denied = edges.find(({ action }) => action === 'deny');
  lines.push('', `last denied: ${denied === undefined ? 'never' : when(denied.lastSeen, now)}`);
  lines.push(
    `the other way: ${reverse.length === 0 ? 'never seen' : reverse.map((edge) => `${edge.action}, last ${when(edge.lastSeen, now)}`).join('; ')}`,
  );
  const body =
    services.length === 0
      ? ''
      : `\n${renderServiceTable(services, style, now)}${moreServices ? '…and more\n' : ''}`;
  return `${lines.join('\n')}\n${body}\n${evidenceLines(explanation.coverage).join('\n')}\n`;
}

/** The explanation for programs. */
export function explanationObject(explanation: Explanation): unknown {
  const { cluster, src, dst, edges, reverse, services, days, recentDays, coverage } = explanation;
  const denied = edges.find(({ action }) => action === 'deny');
  return {
    cluster,
    src_ns: src,
    dst_ns: dst,
    edges: edges.map(edgeObject),
    reverse: reverse.map(edgeObject),
    services: services.map(serviceObject),
    last_denied: denied === undefined ? null : isoTime(denied.lastSeen),
    [`days_seen_of_last_${recentDays}`]: Object.fromEntries(
      days.map(({ action, days: count }) => [action, count]),
    ),
    evidence: {
      recorded_from: isoOrNull(coverage.recorded[0]?.start),
      recorded_until: isoOrNull(coverage.recorded.at(-1)?.end),
      recorded_seconds: coverage.recordedSeconds,
      gaps: coverage.gaps.map(({ start, end }) => ({ start: isoTime(start), end: isoTime(end) })),
    },
  };
}

function evidenceLines(coverage: Coverage): string[] {
  const first = coverage.recorded[0];
  if (first === undefined) return ['evidence: none: nothing was recorded'];
  return [
    `evidence: ${span(coverage.recordedSeconds)} recorded since ${utc(first.start)} UTC`,
    ...coverageNotes({ ...coverage, before: undefined }).map((note) => `          ${note}`),
  ];
}

function when(time: number, now: number): string {
  return `${utc(time)} UTC (${ago(time, now)})`;
}

function isoOrNull(time: number | undefined): string | null {
  return time === undefined ? null : isoTime(time);
}
