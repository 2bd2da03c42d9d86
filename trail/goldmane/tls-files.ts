import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { env } from '../../contract';
import { TrailError } from '../errors';

/** Where the client key pair and Goldmane's CA are, as PEM files. */
export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A checked client pair and CA bundle, as Node's TLS takes them. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** When the client certificate ends, Unix milliseconds. */
  readonly notAfter: number;
}

/** One block of a PEM file, whatever it holds; between blocks there may be comments. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/**
 * Reads and checks the files: each holds what it should to its end, and key and certificate belong together (they
 * don't while an update is half done). Throws a TrailError that names the file. An expired certificate passes: only
 * the server's clock decides.
 */
export function readTlsFiles(paths: TlsPaths): TlsMaterial {
  const cert = read(paths.cert, env.tlsCertPath);
  const key = read(paths.key, env.tlsKeyPath);
  const ca = read(paths.ca, env.caCertPath);
  const certificate = parse(paths.cert, 'a PEM certificate', () => new X509Certificate(cert));
  const privateKey = parse(paths.key, 'a PEM private key', () => createPrivateKey(key));
  parse(paths.ca, 'a PEM certificate', () => new X509Certificate(ca));
  // TLS would take those that are whole, and leave out the CA that has just come.
  for (const [path, bundle] of [[paths.cert, cert] as const, [paths.ca, ca] as const])
    parse(path, 'whole PEM certificates only', () => {
      requireWhole(bundle);
    });
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TrailError(
      'certificate-mismatch',
      `the key ${paths.key} does not belong to the certificate ${paths.cert}`,
      'copy both from the same Secret (trail sync-certs does)',
      { permanent: true },
    );
  }
  return { cert, key, ca, notAfter: Date.parse(certificate.validTo) };
}

function read(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new TrailError(
      'certificate-unreadable',
      `${path}: ${code}`,
      `make ${variable} name a readable PEM file`,
      {
        cause: error,
        permanent: true,
      },
    );
  }
}

/** Throws where a file ends within a block. Looked at often, so the certificates in it are not parsed. */
function requireWhole(pem: string): void {
  if (/^-/m.test(pem.replaceAll(BLOCK, ''))) throw new Error('cut off');
}

function parse<T>(path: string, what: string, parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw new TrailError(
      'certificate-invalid',
      `${path} does not hold ${what}`,
      'replace it with the file that the operator made',
      {
        cause: error,
        permanent: true,
      },
    );
  }
}
