const steps: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** End of the dates that JavaScript has, before and after 1970. */
const LAST_DATE = 8.64e12;

/** A span in its largest unit that fits, e.g. `90` → `1m`, `200000` → `2d`; below a second `0s`. */
export function span(seconds: number): string {
  const [size, unit] = steps.find(([each]) => seconds >= each) ?? [1, 's'];
  return `${Math.max(0, Math.floor(seconds / size))}${unit}`;
}

/** A span to the second, e.g. `1d 3h 15s`; `0s` for none. */
export function exactSpan(seconds: number): string {
  let rest = Math.round(seconds);
  const parts = steps.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** How long before `now` a time was: `3d ago`, `just now`, `in 5m`; `unknown` for an infinite one. Unix seconds. */
export function ago(time: number, now: number): string {
  if (!Number.isFinite(time)) return 'unknown';
  if (Math.abs(now - time) < 1) return 'just now';
  return time <= now ? `${span(now - time)} ago` : `in ${span(time - now)}`;
}

/** `2026-11-20 08:00` in UTC; with seconds where `precise`. Unix seconds. */
export function utc(time: number, precise = false): string {
  return isoTime(time)
    .replace('T', ' ')
    .slice(0, precise ? 19 : 16);
}

/**
 * ISO 8601 in UTC, `2026-11-20T08:00:00Z`; fractions only where there are some. PostgreSQL's `infinity` or `-infinity`
 * where JavaScript has no such date. Unix seconds.
 */
export function isoTime(time: number): string {
  if (Math.abs(time) > LAST_DATE) return time < 0 ? '-infinity' : 'infinity';
  return new Date(Math.round(time * 1000)).toISOString().replace('.000Z', 'Z');
}
