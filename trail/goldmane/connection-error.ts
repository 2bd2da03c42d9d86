import { calico, env } from '../../contract';
import { TrailError } from '../errors';
import type { Endpoint } from './connection';

/** What a failed connection means to a person. What only other files or settings can mend is permanent. */
export function connectionError(error: unknown, endpoint: Endpoint): TrailError {
  if (error instanceof TrailError) return error;
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  const at = endpoint.address;
  const make = (kind: string, problem: string, remedy: string): TrailError =>
    new TrailError(kind, problem, remedy, { cause: error });
  const permanent = (kind: string, problem: string, remedy: string): TrailError =>
    new TrailError(kind, problem, remedy, { cause: error, permanent: true });
  switch (code) {
    case 'ECONNREFUSED':
      return make(
        'goldmane-refused',
        `${at} refused the connection`,
        `check that Goldmane runs and that ${env.goldmaneHost} is right`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return make(
        'goldmane-unknown-host',
        `${at} has no address (${code})`,
        `check ${env.goldmaneHost} and the cluster's DNS`,
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return make(
        'goldmane-unreachable',
        `${at} did not answer (${code})`,
        'check the route and the network policies on the way',
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return permanent(
        'goldmane-server-name',
        `the certificate of ${at} is not for '${endpoint.serverName}'`,
        `set ${env.goldmaneServerName} to a name that it carries, such as goldmane`,
      );
    case 'CERT_HAS_EXPIRED':
      return permanent(
        'goldmane-certificate-expired',
        `the certificate of ${at} has expired`,
        "let the operator renew it, and check this machine's clock",
      );
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return permanent(
        'goldmane-untrusted',
        `the certificate of ${at} was not signed by the given CA (${code})`,
        `make ${env.caCertPath} the bundle of the ConfigMap ${calico.caConfigMap}`,
      );
  }
  if (
    /ALERT|alert|bad certificate|unknown ca|certificate required|certificate expired/.test(detail) &&
    /SSL|TLS/.test(`${code} ${detail}`)
  ) {
    return permanent(
      'client-certificate-refused',
      `${at} refused the client certificate (${code === '' ? detail : code})`,
      `give a current pair from the Secret ${calico.clientKeyPairSecret} in ${env.tlsCertPath} and ${env.tlsKeyPath}`,
    );
  }
  return make(
    'goldmane-connection',
    `${at}: ${detail}${code === '' || detail.includes(code) ? '' : ` (${code})`}`,
    'it is tried again',
  );
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
