import { coverageNotes, type Coverage } from '../report/coverage';
import { ago, span, utc } from '../report/time';

/** The checks, in the order that they are shown. */
export const CHECKS = ['deployment', 'certificate', 'record', 'coverage', 'digest'] as const;

export type Check = (typeof CHECKS)[number];

/** `warn` = look at it when you can, `fail` = the trail loses something, `unknown` = could not be looked at. */
export type Status = 'ok' | 'warn' | 'fail' | 'unknown';

export interface Finding {
  readonly check: Check;
  readonly status: Status;
  /** What was found, with its numbers. */
  readonly detail: string;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** A Deployment's condition Available; undefined = there is no such Deployment. */
export function judgeDeployment(
  available: { readonly status: string; readonly message?: string } | undefined,
): Finding {
  if (available === undefined)
    return { check: 'deployment', status: 'fail', detail: 'the aggregator is not deployed' };
  if (available.status === 'True') return { check: 'deployment', status: 'ok', detail: 'available' };
  return {
    check: 'deployment',
    status: 'fail',
    detail: `not available: ${available.message ?? 'no replica is ready'}`,
  };
}

/** End of the client certificate, Unix seconds; undefined = there is none. */
export function judgeCertificate(notAfter: number | undefined, now: number): Finding {
  if (notAfter === undefined)
    return { check: 'certificate', status: 'fail', detail: 'there is none yet; trail sync-certs copies it' };
  const left = notAfter - now;
  const status = left <= 0 ? 'fail' : left < 7 * DAY ? 'warn' : 'ok';
  const detail =
    left <= 0 ? `expired ${ago(notAfter, now)}` : `valid for ${span(left)}, until ${utc(notAfter)} UTC`;
  return { check: 'certificate', status, detail };
}

/** How far the record reaches, Unix seconds; undefined = nothing was ever recorded. */
export function judgeRecord(
  progress: { readonly settledUntil: number | undefined; readonly liveUntil: number | undefined } | undefined,
  now: number,
): Finding {
  const until = Math.max(progress?.settledUntil ?? 0, progress?.liveUntil ?? 0);
  if (until === 0) return { check: 'record', status: 'fail', detail: 'nothing was ever recorded' };
  const lag = now - until;
  const status = lag > 15 * MINUTE ? 'fail' : lag > 5 * MINUTE ? 'warn' : 'ok';
  return { check: 'record', status, detail: `last window ${ago(until, now)}` };
}

/** What was recorded of the last day. */
export function judgeCoverage(coverage: Coverage): Finding {
  const { gaps, recorded } = coverage;
  if (recorded.length === 0)
    return { check: 'coverage', status: 'fail', detail: 'nothing of the last 24 h was recorded' };
  // A record that ends early is the matter of the check above.
  const [note = 'all of the last 24 h was recorded'] = coverageNotes({ ...coverage, after: undefined });
  return { check: 'coverage', status: gaps.length > 0 ? 'warn' : 'ok', detail: note };
}

/** When the digest last went through, Unix seconds; undefined = never. */
export function judgeDigest(last: number | undefined, now: number): Finding {
  if (last === undefined) return { check: 'digest', status: 'warn', detail: 'has never gone through' };
  const age = now - last;
  const status = age > 50 * HOUR ? 'fail' : age > 26 * HOUR ? 'warn' : 'ok';
  return { check: 'digest', status, detail: `went through ${ago(last, now)}` };
}
