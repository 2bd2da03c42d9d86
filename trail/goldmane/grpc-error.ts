/** Names of the gRPC status codes by number. Source: gRPC core, statuscodes. */
const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** A call that the server ended with a status other than OK. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';

  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(`[${STATUS_NAMES[status] ?? `status-${status}`}] ${detail === '' ? 'no message' : detail}`);
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The error that trailers (or a response of trailers only) mean; undefined = status OK. */
export function errorOfTrailers(trailers: Headers): GrpcError | undefined {
  const status = trailers['grpc-status'];
  if (status === '0') return undefined;
  if (status === undefined) return new GrpcError(2, 'the server ended the call without a status');
  const message = trailers['grpc-message'];
  return new GrpcError(Number(status), decodeMessage(typeof message === 'string' ? message : ''));
}

function decodeMessage(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
