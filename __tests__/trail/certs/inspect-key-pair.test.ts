import { inspectKeyPair, parseCertificates } from '../../../trail/certs/inspect-key-pair';
import { TrailError } from '../../../trail/errors';
import { Authority, type Pair } from '../../../demo/certificates/authority';

const now = new Date();
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
let authority: Authority;
let pair: Pair;

beforeAll(async () => {
  authority = await Authority.create();
  pair = await authority.issue({ name: 'whisker-backend', notAfter: hours(48) });
});

function codeOf(certificate: string, key: string, ca: string, at = now): string {
  try {
    inspectKeyPair({ certificate, key, ca }, at);
  } catch (error) {
    if (!(error instanceof TrailError)) throw error;
    expect(error.message).not.toContain(pair.key.slice(40, 80));
    return error.code;
  }
  return 'accepted';
}

test('a good pair is accepted, and its name and expiry are told', () => {
  const facts = inspectKeyPair({ ...pair, ca: authority.bundle }, now);
  expect(facts.subject).toBe('CN=whisker-backend');
  expect(Math.abs(facts.expires.getTime() - hours(48).getTime())).toBeLessThan(1000);
});

test('a pair caught half-way through a rotation is refused: the key of one, the certificate of the next', async () => {
  const next = await authority.issue({ name: 'whisker-backend' });
  expect(codeOf(pair.certificate, next.key, authority.bundle)).toBe('key-pair-mismatch');
});

test('a pair of a new CA is refused while the bundle still holds the old one', async () => {
  const other = await Authority.create();
  const foreign = await other.issue({ name: 'whisker-backend' });
  expect(codeOf(foreign.certificate, foreign.key, authority.bundle)).toBe('certificate-untrusted');
});

test('a pair is accepted when the bundle holds the old and the new CA', async () => {
  const other = await Authority.create({ name: 'next-signer' });
  expect(codeOf(pair.certificate, pair.key, other.bundle + authority.bundle)).toBe('accepted');
});

test('a chain through an intermediate is followed, and refused without it', async () => {
  const intermediate = await authority.subordinate('intermediate');
  const leaf = await intermediate.issue({ name: 'whisker-backend' });
  expect(codeOf(leaf.certificate + intermediate.bundle, leaf.key, authority.bundle)).toBe('accepted');
  expect(codeOf(leaf.certificate, leaf.key, authority.bundle)).toBe('certificate-untrusted');
});

test('an end-entity certificate cannot vouch for another', async () => {
  const impostor = await authority.issue({ name: 'whisker-backend' });
  const forged = await Authority.create({ name: 'whisker-backend', ca: true });
  const leaf = await forged.issue({ name: 'attacker' });
  expect(codeOf(leaf.certificate + impostor.certificate, leaf.key, authority.bundle)).toBe(
    'certificate-untrusted',
  );
});

test('a pair outside its dates is refused', () => {
  expect(codeOf(pair.certificate, pair.key, authority.bundle, hours(49))).toBe('certificate-expired');
  expect(codeOf(pair.certificate, pair.key, authority.bundle, hours(-2))).toBe('certificate-not-yet-valid');
});

test('an expired CA is refused although the pair itself is still valid', async () => {
  const old = await Authority.create({ name: 'old', notAfter: hours(1) });
  const leaf = await old.issue({ name: 'whisker-backend', notAfter: hours(24) });
  expect(codeOf(leaf.certificate, leaf.key, old.bundle, hours(2))).toBe('certificate-expired');
});

test("a server's certificate is refused: Goldmane would turn it away", async () => {
  const server = await authority.issue({ name: 'goldmane', usage: 'server' });
  expect(codeOf(server.certificate, server.key, authority.bundle)).toBe('certificate-not-for-clients');
});

test.each([
  ['an empty certificate', () => ['', pair.key, authority.bundle]],
  ['a cut-off certificate', () => [pair.certificate.slice(0, 200), pair.key, authority.bundle]],
  ['a certificate that is no DER', () => [corrupt(pair.certificate), pair.key, authority.bundle]],
  ['an empty CA bundle', () => [pair.certificate, pair.key, '']],
  ['a cut-off CA bundle', () => [pair.certificate, pair.key, authority.bundle.slice(0, 100)]],
] as const)('%s is refused as unreadable', (_what, files) => {
  const [certificate, key, ca] = files();
  expect(codeOf(certificate ?? '', key ?? '', ca ?? '')).toBe('certificate-unreadable');
});

test('an empty or cut-off key is refused without a word of it in the message', () => {
  expect(codeOf(pair.certificate, '', authority.bundle)).toBe('key-unreadable');
  expect(codeOf(pair.certificate, pair.key.slice(0, 90), authority.bundle)).toBe('key-unreadable');
});

test('a bundle with comments between certificates is read whole', () => {
  const text = `# first\n${authority.bundle}# second\n${authority.bundle}`;
  expect(parseCertificates(text, 'the CA bundle')).toHaveLength(2);
});

function corrupt(pem: string): string {
  return pem.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
}
