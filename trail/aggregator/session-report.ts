import type { Logger } from 'pino';
import { WINDOW_SECONDS } from '../flow/window';
import type { Ledger, LedgerResult } from '../store/ledger';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';
import type { Settler } from './settler';

/** After a reconnect the newest windows come again; this is more than those. */
const MAX_BEHIND_SECONDS = 300;

/** Tells metrics and log how far a record has come. */
export class SessionReport {
  #saidBehind = false;

  constructor(
    private readonly parts: {
      readonly reader: LiveReader;
      readonly settler: Settler;
      readonly metrics: Metrics;
      readonly log: Logger;
    },
  ) {}

  /** What is due and not settled, and a clock of Goldmane's that lies before what is recorded. */
  lag({ settledUntil, liveUntil }: Ledger): void {
    const { settler, reader, metrics, log } = this.parts;
    metrics.settleLag.set(settler.lag(settledUntil));
    const behind = reader.secondsBehind(liveUntil);
    metrics.secondsBehind.set(behind);
    if (behind > MAX_BEHIND_SECONDS && !this.#saidBehind) {
      log.error(
        { seconds: behind },
        "goldmane's clock was put back: until it has caught up, its windows are not told apart from recorded ones",
      );
    }
    this.#saidBehind = behind > MAX_BEHIND_SECONDS;
  }

  /** What a write has changed. */
  written(result: LedgerResult, { settledUntil, liveUntil, openWindows }: Ledger): void {
    const { metrics, log } = this.parts;
    metrics.edgesWritten.inc(result.edges);
    metrics.windowsSettled.inc(result.settledSeconds / WINDOW_SECONDS);
    metrics.flowsSettled.inc(result.settledFlows);
    metrics.flowsAdded.inc(result.addedFlows);
    metrics.gapSeconds.inc(result.gapSeconds);
    metrics.writtenWindow.set(liveUntil);
    metrics.settledUntil.set(settledUntil ?? 0);
    metrics.ledgerRows.set(openWindows);
    if (result.gapSeconds > 0) {
      log.error(
        { until: settledUntil, seconds: result.gapSeconds },
        'gap: goldmane forgot these windows before they could be read',
      );
    }
    log.debug({ ...result, settledUntil }, 'written');
  }
}
