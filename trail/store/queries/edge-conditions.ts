import type { Parameters } from './query';

/** Conditions on edges that every report understands; all of them hold together. */
export interface EdgeConditions {
  readonly cluster: string;
  /** Namespace at either end. */
  readonly ns?: string | undefined;
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  /** Unix seconds: first seen at or after. */
  readonly newSince?: number | undefined;
  /** Refused connections only. @default false */
  readonly denied?: boolean | undefined;
}

/** The conditions as SQL, joined with AND; `ns` is left to the caller where it says so. */
export function conditionsSql(
  conditions: EdgeConditions,
  parameters: Parameters,
  options: { readonly withoutNs?: boolean } = {},
): string {
  const { cluster, ns, src, dst, newSince, denied } = conditions;
  const sql = [`cluster = ${parameters.add(cluster, 'text')}`];
  if (src !== undefined) sql.push(`src_ns = ${parameters.add(src, 'text')}`);
  if (dst !== undefined) sql.push(`dst_ns = ${parameters.add(dst, 'text')}`);
  if (ns !== undefined && options.withoutNs !== true) {
    const either = parameters.add(ns, 'text');
    sql.push(`(src_ns = ${either} OR dst_ns = ${either})`);
  }
  if (newSince !== undefined) sql.push(`first_seen >= to_timestamp(${parameters.add(newSince, 'float8')})`);
  if (denied === true) sql.push("action = 'deny'");
  return sql.join(' AND ');
}
