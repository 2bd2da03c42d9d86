import type { FlowReport } from './flow';
import type { FlowRing } from './flow-ring';
import { Ledger } from './ledger';

/** How long nodes keep what they reported. */
export const KEPT_SECONDS = 300;

/**
 * The cluster's nodes, which report to Goldmane, keep what they reported for five minutes and send it again
 * to a Goldmane that has restarted. The ledger counts every report once, when some Goldmane first takes it.
 */
export class Nodes {
  readonly ledger = new Ledger();
  private readonly counted = new WeakSet<FlowReport>();
  private kept: FlowReport[] = [];

  /** Reports to `ring`, undefined while Goldmane is down. False when nobody took it. */
  report(report: FlowReport, ring: FlowRing | undefined): boolean {
    this.kept.push(report);
    return this.give(report, ring);
  }

  /** Sends everything again that is still kept. @param now Unix seconds */
  resend(ring: FlowRing, now: number): void {
    this.forgetOld(now);
    for (const report of this.kept) this.give(report, ring);
  }

  forgetOld(now: number): void {
    this.kept = this.kept.filter(({ time }) => time >= now - KEPT_SECONDS);
  }

  private give(report: FlowReport, ring: FlowRing | undefined): boolean {
    if (ring?.add(report) !== true) return false;
    if (!this.counted.has(report)) this.ledger.add(report);
    this.counted.add(report);
    return true;
  }
}
