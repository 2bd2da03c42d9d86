/** Length of Goldmane's aggregation window in seconds; every result covers exactly one window. */
export const WINDOW_SECONDS = 15;

/** How many closed windows a Goldmane keeps in memory (about one hour). Source: Goldmane 3.30–3.32. */
export const HISTORY_WINDOWS = 240;

/** Start of the window that holds `unixSeconds`. Windows are aligned to the epoch. */
export function windowStart(unixSeconds: number): number {
  return Math.floor(unixSeconds / WINDOW_SECONDS) * WINDOW_SECONDS;
}
