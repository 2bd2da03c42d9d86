import { createPrivateKey, X509Certificate } from 'node:crypto';
import { TrailError } from '../errors';

/** A client key pair and the CA bundle that it must chain to, all PEM. */
export interface KeyPairFiles {
  /** The certificate, intermediates after it if there are any. */
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

/** What is worth saying about a pair that passed. */
export interface KeyPairFacts {
  /** Subject on one line, e.g. `CN=whisker-backend`. */
  readonly subject: string;
  readonly expires: Date;
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2';
const longestChain = 8;
const halfWritten =
  'wait for the operator to finish writing it, or delete the Secret so that it is made anew';

/**
 * Checks that a key pair can be used: key and certificate belong together, the certificate is valid at
 * `now`, may be used by a client and chains to a CA of the bundle. Throws a TrailError that names the first
 * thing wrong; no message ever holds key material.
 */
export function inspectKeyPair(files: KeyPairFiles, now: Date): KeyPairFacts {
  const [leaf, ...intermediates] = parseCertificates(files.certificate, 'the client certificate');
  const anchors = parseCertificates(files.ca, 'the CA bundle');
  if (leaf === undefined || anchors.length === 0) {
    const what = leaf === undefined ? 'the client certificate' : 'the CA bundle';
    throw new TrailError('certificate-unreadable', `${what} holds no PEM certificate`, halfWritten);
  }
  if (!leaf.checkPrivateKey(parseKey(files.key))) {
    throw new TrailError('key-pair-mismatch', 'the key does not belong to the certificate', halfWritten);
  }
  const subject = oneLine(leaf.subject);
  checkDates(leaf, subject, now);
  // Node calls the extended key usages keyUsage; a certificate without any may be used for everything.
  const usages = leaf.keyUsage as string[] | undefined;
  if (usages !== undefined && !usages.includes(clientAuthentication)) {
    throw new TrailError(
      'certificate-not-for-clients',
      `${subject} may not be used by a client (extended key usage ${usages.join(', ')})`,
      'name a Secret whose certificate has the client authentication usage',
    );
  }
  checkChain(leaf, intermediates, anchors, now);
  return { subject, expires: new Date(leaf.validTo) };
}

/** The certificates of a PEM text, in order. Throws a TrailError naming `what` where one can't be read. */
export function parseCertificates(pem: string, what: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun !== blocks.length) {
    throw new TrailError('certificate-unreadable', `${what} is cut off`, halfWritten);
  }
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new TrailError('certificate-unreadable', `${what} cannot be parsed`, halfWritten, { cause });
    }
  });
}

function parseKey(pem: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out: nothing about a key belongs in a log.
    throw new TrailError('key-unreadable', 'the private key cannot be parsed', halfWritten);
  }
}

function checkDates(certificate: X509Certificate, subject: string, now: Date): void {
  if (now >= new Date(certificate.validTo)) {
    throw new TrailError(
      'certificate-expired',
      `${subject} expired on ${day(certificate.validTo)}`,
      'look at the Calico operator, it should have rotated it: kubectl -n tigera-operator logs deploy/tigera-operator',
    );
  }
  if (now < new Date(certificate.validFrom)) {
    throw new TrailError(
      'certificate-not-yet-valid',
      `${subject} is valid from ${certificate.validFrom} only`,
      'check the clocks of the nodes',
    );
  }
}

function checkChain(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: Date,
): void {
  let current = leaf;
  for (let depth = 0; depth < longestChain; depth++) {
    const below = current;
    const anchor = anchors.find((candidate) => isIssuedBy(below, candidate));
    if (anchor !== undefined) {
      checkDates(anchor, `the CA ${oneLine(anchor.subject)}`, now);
      return;
    }
    const next = intermediates.find((candidate) => candidate.ca && isIssuedBy(below, candidate));
    if (next === undefined) break;
    current = next;
  }
  throw new TrailError(
    'certificate-untrusted',
    `${oneLine(current.subject)} was issued by ${oneLine(current.issuer)}, which the CA bundle does not hold`,
    'wait for the operator to write pair and bundle of the same CA, then run this again',
  );
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function oneLine(name: string): string {
  return name === '' ? '(no subject)' : name.split('\n').join(', ');
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
