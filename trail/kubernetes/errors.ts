import { TrailError } from '../errors';

/** Codes of the TrailErrors that a request to the Kubernetes API can end in. */
export const kubernetesErrors = {
  notConfigured: 'kubernetes-not-configured',
  unauthorized: 'kubernetes-unauthorized',
  forbidden: 'kubernetes-forbidden',
  notFound: 'kubernetes-not-found',
  conflict: 'kubernetes-conflict',
  timeout: 'kubernetes-timeout',
  unreachable: 'kubernetes-unreachable',
  untrusted: 'kubernetes-untrusted',
  failed: 'kubernetes-failed',
} as const;

/** Whether `error` says that the object asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof TrailError && error.code === kubernetesErrors.notFound;
}

/** Whether `error` says that the object exists already, or has changed since it was read. */
export function isConflict(error: unknown): boolean {
  return error instanceof TrailError && error.code === kubernetesErrors.conflict;
}

const remedies: Readonly<Record<number, { readonly code: string; readonly remedy: string }>> = {
  401: {
    code: kubernetesErrors.unauthorized,
    remedy: 'check that the kubeconfig user or the service account token is valid and has not expired',
  },
  403: {
    code: kubernetesErrors.forbidden,
    remedy: 'grant the verb and resource named above with a Role and a RoleBinding',
  },
  404: {
    code: kubernetesErrors.notFound,
    remedy: 'check the name, the namespace and that the kind is installed',
  },
  409: { code: kubernetesErrors.conflict, remedy: 'read the object again and repeat the change' },
};

/** The error for an answer of 400 or above; `body` is the server's `Status` object, or whatever came. */
export function statusError(request: string, status: number, body: string): TrailError {
  const { code, remedy } = remedies[status] ?? {
    code: kubernetesErrors.failed,
    remedy: status >= 500 ? 'try again; if it stays, look at the API server' : 'correct the request',
  };
  return new TrailError(code, `${request} was answered ${status}: ${statusMessage(body)}`, remedy);
}

/** The error for a request that got no answer. */
export function transportError(request: string, cause: unknown, timeoutSeconds: number): TrailError {
  const name = cause instanceof Error ? cause.name : '';
  const code = (cause as { readonly code?: unknown } | null)?.code;
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new TrailError(
      kubernetesErrors.timeout,
      `${request} was not answered within ${timeoutSeconds} s`,
      'check the network policies between this pod and the API server, and the server itself',
      { cause },
    );
  }
  if (typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code)) {
    return new TrailError(
      kubernetesErrors.untrusted,
      `${request} was not sent, the server's certificate is not trusted (${code})`,
      'check the certificate authority in the kubeconfig or in the service account',
      { cause },
    );
  }
  return new TrailError(
    kubernetesErrors.unreachable,
    `${request} got no answer: ${detail}`,
    'check the address in the kubeconfig, the network policies and that the API server is up',
    { cause },
  );
}

function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not a Status object: a proxy answered. Its own words are the best there is.
  }
  const line = body.trim().split('\n')[0] ?? '';
  return line === '' ? '(no reason given)' : line.slice(0, 200);
}
