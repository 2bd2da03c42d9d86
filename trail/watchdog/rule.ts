import { watchdog } from '../../contract';

/** What is known about the pods when the watchdog looks. */
export interface Observation {
  /** Whether at least one Goldmane pod is Ready. */
  readonly goldmaneReady: boolean;
  /** Whisker's pods that run, and what their backends logged within the window. */
  readonly whiskerPods: readonly { readonly name: string; readonly connectionErrors: number }[];
}

/** From how many connection errors within how many minutes on a backend counts as hanging. */
export interface Thresholds {
  readonly errorThreshold: number;
  readonly windowMinutes: number;
}

/** What to do, and why, in one line. */
export interface Decision {
  /** Names of the pods to delete; empty = leave alone. */
  readonly restart: readonly string[];
  readonly reason: string;
}

/** Lines of a log that say that Goldmane could not be reached; a line counts once. */
export function countConnectionErrors(log: string): number {
  return log.split('\n').filter((line) => watchdog.errorTexts.some((text) => line.includes(text))).length;
}

/**
 * A backend that logs connection errors while Goldmane is Ready has lost it for good and is restarted. While
 * Goldmane is not Ready the same errors are the truth, and a restart would only add to the trouble.
 */
export function decide(observed: Observation, { errorThreshold, windowMinutes }: Thresholds): Decision {
  const { goldmaneReady, whiskerPods } = observed;
  if (!goldmaneReady) {
    return leave('goldmane is not ready, restarting whisker would not help');
  }
  if (whiskerPods.length === 0) return leave('no whisker pod is running');
  const counts = whiskerPods
    .map(({ name, connectionErrors }) => `${name} logged ${plural(connectionErrors)}`)
    .join(', ');
  const seen = `${counts} in ${windowMinutes} min`;
  const hanging = whiskerPods.filter(({ connectionErrors }) => connectionErrors >= errorThreshold);
  if (hanging.length === 0) return leave(`${seen}, ${errorThreshold} mean it hangs`);
  return {
    restart: hanging.map(({ name }) => name),
    reason: `${seen} while goldmane is ready`,
  };
}

function leave(reason: string): Decision {
  return { restart: [], reason };
}

function plural(errors: number): string {
  return errors === 1 ? '1 connection error' : `${errors} connection errors`;
}
