/** A holder that a standby has not seen renewing for this long may be followed. */
export const LEASE_SECONDS = 10;

/**
 * What a standby has seen of the writer whose session lives on: since when, by this machine's monotonic clock, it has
 * not renewed. The heartbeat's age by the database's clock would not tell: it is the beginning of the transaction that
 * renewed, so a commit that takes long is old by the time it can be seen.
 */
export class LeaseWatch {
  #heartbeat: string | undefined;
  #since = 0;

  /** @param clock milliseconds of a clock that only goes forward */
  constructor(private readonly clock = () => performance.now()) {}

  /** Notes the heartbeat that is committed now. */
  see(heartbeat: string | undefined): void {
    if (heartbeat === this.#heartbeat) return;
    this.#heartbeat = heartbeat;
    this.#since = this.clock();
  }

  /** The heartbeat that has been the last one for too long; undefined = the writer may live. */
  get missed(): string | undefined {
    return this.clock() - this.#since > LEASE_SECONDS * 1000 ? this.#heartbeat : undefined;
  }
}
