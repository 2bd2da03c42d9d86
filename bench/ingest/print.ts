import type { IngestRound } from './main';
import type { Measured } from './measured';

/** The table of a run: medians over its rounds, each subject as a ratio to what it is compared with. */
export function ingestTable(rounds: readonly IngestRound[]): string {
  const median = (value: (round: IngestRound) => number): number => middle(rounds.map(value));
  const floor = median((round) => micros(round.floor));
  const row = (
    name: string,
    each: number,
    ratio: string,
    measured: (round: IngestRound) => Measured,
  ): string =>
    [
      name.padEnd(14),
      `${each.toFixed(2).padStart(6)} µs a result`,
      ratio.padEnd(18),
      `peak ${median((round) => measured(round).peakMiB).toFixed(0)} MiB`,
    ].join('  ');
  const times = (value: number, of: string): string => `${value.toFixed(2)} × ${of}`;
  const reader = median((round) => micros(round.reader));
  const aggregator = median(({ aggregator }) => micros(aggregator.live));
  const live = median(({ aggregator: { started, live } }) => micros(live, started));
  const lines = [
    row('floor', floor, times(1, 'floor'), (round) => round.floor),
    row('reader', reader, times(reader / floor, 'floor'), (round) => round.reader),
    row('the aggregator', aggregator, times(aggregator / floor, 'floor'), (round) => round.aggregator.live),
    row('  live pass', live, '', (round) => round.aggregator.live),
  ];
  // Of two windows and fewer none is due once the replay is over.
  if (rounds.every(({ aggregator: { settled, live } }) => (settled?.results ?? 0) > live.results)) {
    const settled = ({ aggregator: { settled, live } }: IngestRound): Measured => settled ?? live;
    const settle = median((round) => micros(settled(round), round.aggregator.live));
    lines.push(row('  settle pass', settle, times(settle / live, 'live pass'), settled));
  }
  const chunks = median(({ floor: { chunks, results } }) => chunks / results);
  const window = median(({ reader }) => reader.windowSeconds);
  const start = median(({ aggregator }) => aggregator.started.cpuSeconds);
  const seconds = median(({ aggregator }) => aggregator.live.seconds);
  return [
    ...lines,
    `${chunks.toFixed(2)} pieces a result; the reader's slowest window took ${window.toFixed(2)} s`,
    `the aggregator started with ${start.toFixed(2)} s of CPU and had all in the database after ${seconds.toFixed(1)} s`,
  ].join('\n');
}

/** CPU per result, microseconds, since `from`. */
function micros(to: Measured, from?: Measured): number {
  return ((to.cpuSeconds - (from?.cpuSeconds ?? 0)) / (to.results - (from?.results ?? 0))) * 1e6;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
