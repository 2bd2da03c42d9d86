import { InvalidArgumentError } from 'commander';
import { UsageError } from '../errors';

const namespacePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const durationPattern = /^(\d{1,6})([mhdw])$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const dateTimePattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;
const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** A namespace as Kubernetes allows it. */
export function namespace(text: string): string {
  if (namespacePattern.test(text)) return text;
  throw new InvalidArgumentError(
    'a namespace has lower-case letters, digits and -, begins and ends with a letter or digit, and has 1 to 63 characters.',
  );
}

/** A row limit. */
export function limit(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('use a whole number from 1 to 1000000.');
}

/** A point in time, given as how long before `now` or as a date in UTC, with or without a time. Unix seconds. */
export function since(text: string, now: number): number {
  const duration = durationPattern.exec(text);
  const time =
    duration === null
      ? dateTime(text)
      : now - Number(duration[1]) * (unitSeconds[duration[2] ?? ''] ?? Number.NaN);
  if (time === undefined || Number(duration?.[1]) === 0 || time < 0) {
    throw new InvalidArgumentError(
      'use a duration (30m, 24h, 7d, 2w) or a date that exists (2026-11-20, 2026-11-20T08:00, UTC unless it says +01:00).',
    );
  }
  if (time > now) throw new InvalidArgumentError('that is in the future: nothing can be newer.');
  return time;
}

/** A day that exists, as `YYYY-MM-DD`. */
function day(text: string): string {
  if (datePattern.test(text) && dateTime(text) !== undefined) return text;
  throw new InvalidArgumentError('use a date that exists, such as 2026-11-20.');
}

/** Collects the days of an option that takes several. */
export function addDay(text: string, days: readonly string[] | undefined): readonly string[] {
  return [...(days ?? []), day(text)];
}

/** The time between two days, both included. Unix seconds. Throws a UsageError where they are not two, in order. */
export function twoDays(days: readonly string[]): { readonly from: number; readonly until: number } {
  const [first = '', last = ''] = days;
  if (days.length !== 2 || first > last)
    throw new UsageError(`--between ${days.join(' ')}`, 'give two dates, the earlier one first');
  return { from: Date.parse(first) / 1000, until: Date.parse(last) / 1000 + 86_400 };
}

function dateTime(text: string): number | undefined {
  const match = dateTimePattern.exec(datePattern.test(text) ? `${text}T00:00` : text);
  if (match === null) return undefined;
  const [, date = '', minutes = '', seconds = ':00', zone = 'Z'] = match;
  const local = new Date(`${date}T${minutes}${seconds}Z`);
  // A date that does not exist either fails here or silently becomes the next one that does.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${date}T${minutes}`))
    return undefined;
  const time = new Date(`${date}T${minutes}${seconds}${zone}`).getTime() / 1000;
  return Number.isNaN(time) ? undefined : time;
}

/** A TCP or UDP port. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 65_535) return value;
  throw new InvalidArgumentError('use a whole number from 1 to 65535.');
}

/** A value of the label that tells services apart, as Kubernetes allows it for labels. */
export function service(text: string): string {
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('use letters, digits, -, _ and ., at most 63 characters.');
}

/** A number of days. */
export function days(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 366) return value;
  throw new InvalidArgumentError('use a whole number from 1 to 366.');
}
