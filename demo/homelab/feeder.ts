import { WINDOW_SECONDS, windowStart } from '../goldmane/flow';
import type { SimulatedGoldmane } from '../goldmane/simulated-goldmane';
import type { Homelab } from './homelab';

const HISTORY_WINDOWS = 240;

/**
 * Feeds a homelab's flows to a simulated Goldmane: an hour of them at once, then each window as it closes.
 * Late ones come windows later, when their window was streamed without them.
 */
export class HomelabFeeder {
  /** Reports that are under way, by the window at whose close they arrive. */
  private readonly underWay = new Map<number, ReturnType<Homelab['deliveries']>>();

  constructor(
    private readonly goldmane: SimulatedGoldmane,
    private readonly homelab: Homelab,
  ) {}

  /** Call once the server has started. @param now Unix seconds by its clock */
  begin(now: number): void {
    const current = windowStart(now);
    for (let ago = HISTORY_WINDOWS; ago >= 1; ago--) this.closed(current - ago * WINDOW_SECONDS);
    this.goldmane.onWindowClosed = (start) => {
      this.closed(start);
    };
  }

  private closed(start: number): void {
    for (const delivery of this.homelab.deliveries(start)) {
      const arrival = start + delivery.windowsLate * WINDOW_SECONDS;
      const batch = this.underWay.get(arrival) ?? [];
      this.underWay.set(arrival, batch);
      batch.push(delivery);
    }
    for (const { report } of this.underWay.get(start) ?? []) this.goldmane.addFlow(report);
    this.underWay.delete(start);
  }
}
