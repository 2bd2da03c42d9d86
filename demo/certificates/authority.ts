import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate with its key, both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface PairOptions {
  /** Common name. */
  readonly name: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** What an end-entity certificate may be used for. @default client */
  readonly usage?: 'client' | 'server';
  /**
   * DNS names and IP addresses of a server.
   * @default []
   */
  readonly hosts?: readonly string[];
  /** Whether it may sign others. @default false */
  readonly ca?: boolean;
}

/**
 * A certificate authority for the demo and the tests, made in memory: its bundle, and certificates signed by
 * it. Valid from an hour ago for a day unless told otherwise, so expired ones are easily made.
 */
export class Authority {
  /** A self-signed root. */
  static async create(options: PairOptions = { name: 'tigera-operator-signer' }): Promise<Authority> {
    return Authority.make(options, undefined);
  }

  private static async make(options: PairOptions, signer: Authority | undefined): Promise<Authority> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const subject = `CN=${options.name}`;
    const isAuthority = options.ca ?? signer === undefined;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
      subject,
      issuer: signer?.certificate.subject ?? subject,
      notBefore: options.notBefore ?? new Date(Date.now() - 3_600_000),
      notAfter: options.notAfter ?? new Date(Date.now() + 86_400_000),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: signer?.keys.privateKey ?? keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, undefined, true),
        ...(isAuthority
          ? []
          : [
              new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[`${options.usage ?? 'client'}Auth`]]),
            ]),
        ...(options.hosts === undefined
          ? []
          : [
              new x509.SubjectAlternativeNameExtension(
                options.hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
              ),
            ]),
      ],
    });
    return new Authority(certificate, keys);
  }

  private constructor(
    private readonly certificate: x509.X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
  ) {}

  /** The certificate, PEM. */
  get bundle(): string {
    return `${this.certificate.toString('pem')}\n`;
  }

  /** An authority below this one. */
  async subordinate(name: string): Promise<Authority> {
    return Authority.make({ name, ca: true }, this);
  }

  /** A certificate signed by this authority. */
  async issue(options: PairOptions): Promise<Pair> {
    const issued = await Authority.make({ ca: false, ...options }, this);
    const der = await webcrypto.subtle.exportKey('pkcs8', issued.keys.privateKey);
    return { certificate: issued.bundle, key: `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n` };
  }
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
