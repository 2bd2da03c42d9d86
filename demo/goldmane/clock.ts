/** A server's clock, which need not be ours: it may start anywhere, run faster, or move by hand only. */
export class Clock {
  private readonly waiting = new Set<() => void>();
  private base: number;
  private readonly since = performance.now();

  /**
   * @param startSeconds Unix seconds that it starts at
   * @param speed seconds per real second; 0 = it moves by `advance` only
   */
  constructor(
    startSeconds: number = Date.now() / 1000,
    private readonly speed = 1,
  ) {
    this.base = startSeconds;
  }

  /** Unix seconds, with a fraction. */
  now(): number {
    return this.base + ((performance.now() - this.since) / 1000) * this.speed;
  }

  /** Moves on by so many seconds at once. */
  advance(seconds: number): void {
    this.base += seconds;
    for (const wake of [...this.waiting]) wake();
  }

  /** Calls `wake` at `time` (Unix seconds) or when the clock was moved. Returns the function that calls it off. */
  wakeAt(time: number, wake: () => void): () => void {
    const once = (): void => {
      cancel();
      wake();
    };
    const milliseconds = Math.max(0, ((time - this.now()) / this.speed) * 1000);
    const timer = this.speed === 0 ? undefined : setTimeout(once, Math.ceil(milliseconds));
    const cancel = (): void => {
      clearTimeout(timer);
      this.waiting.delete(once);
    };
    this.waiting.add(once);
    return cancel;
  }
}
