/** One line of the aggregator's JSON log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** Status and body of an endpoint of the aggregator with this log; undefined while it does not answer. */
export async function getEndpoint(
  log: readonly LogLine[],
  path: string,
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  const port = log.find(({ msg }) => msg.includes('started'))?.['port'];
  if (typeof port !== 'number') return undefined;
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.text() };
  } catch {
    return undefined;
  }
}

/** A number of its /metrics, summed over labels; NaN while there is none. */
export async function readMetric(log: readonly LogLine[], name: string): Promise<number> {
  const body = (await getEndpoint(log, '/metrics'))?.body ?? '';
  const values = [...body.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return values.length === 0 ? Number.NaN : values.reduce((sum, [, value]) => sum + Number(value), 0);
}
