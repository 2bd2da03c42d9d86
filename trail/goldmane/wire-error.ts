/** Bytes that are not what the protocol allows; `code` is a stable kebab-case kind. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly code: 'compressed-message' | 'oversized-message' | 'malformed-message',
    problem: string,
  ) {
    super(`[${code}] ${problem}`);
  }
}
