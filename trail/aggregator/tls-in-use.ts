import type { Logger } from 'pino';
import { readTlsFiles, type TlsMaterial, type TlsPaths } from '../goldmane/tls-files';
import type { Metrics } from './metrics';

/** The certificates that connections are made with: taken anew from their files as soon as those fit together. */
export class TlsInUse {
  #material: TlsMaterial | undefined;

  constructor(
    private readonly paths: TlsPaths,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** What the next connection is made with. Throws a TrailError where the files were never usable. */
  load(): TlsMaterial {
    try {
      this.#material = this.#read();
    } catch (error) {
      if (this.#material === undefined) throw error;
      this.log.warn(
        { problem: (error as Error).message },
        'certificates are not usable; keeping the ones in use',
      );
    }
    return this.#material;
  }

  /** Whether the files hold others, whole ones. */
  get changed(): boolean {
    try {
      const found = this.#read();
      const inUse = this.#material;
      return found.cert !== inUse?.cert || found.key !== inUse.key || found.ca !== inUse.ca;
    } catch {
      // Half written: the pair in use stays until the files agree again.
      return false;
    }
  }

  #read(): TlsMaterial {
    const found = readTlsFiles(this.paths);
    this.metrics.certificateExpiry.set(found.notAfter / 1000);
    return found;
  }
}
