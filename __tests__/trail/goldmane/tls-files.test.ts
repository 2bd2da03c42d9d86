import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../demo/certificates/authority';
import {
  createGoldmanePki,
  writeClientFiles,
  type GoldmanePki,
} from '../../../demo/certificates/goldmane-pki';
import { readTlsFiles, type TlsPaths } from '../../../trail/goldmane/tls-files';

let directory: string;
let paths: TlsPaths;
let pki: GoldmanePki;
let next: Authority;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trail-tls-'));
  pki = await createGoldmanePki();
  next = await Authority.create({ name: 'tigera-operator-signer-2' });
  const files = await writeClientFiles(directory, pki);
  paths = { cert: files.certPath, key: files.keyPath, ca: files.caPath };
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** What the files are found to be with this content of one of them. */
function found(path: string, content: string): string {
  writeFileSync(path, content);
  try {
    readTlsFiles(paths);
    return 'usable';
  } catch (error) {
    return (error as Error).message;
  }
}

test('a CA bundle that ends within its second certificate is used without that one', () => {
  const second = next.bundle.trim();
  const cuts = Array.from({ length: second.length - 1 }, (_, index) => index + 1);
  const usable = cuts.filter((cut) => found(paths.ca, pki.ca + second.slice(0, cut)) === 'usable');
  expect(usable).toEqual([]);
  expect(found(paths.ca, pki.ca + second.slice(0, 100))).toBe(
    `[certificate-invalid] ${paths.ca} does not hold whole PEM certificates only; replace it with the file that the operator made`,
  );
});

test('a CA bundle with comments, or with several certificates, is refused', () => {
  expect(found(paths.ca, `# old\n${pki.ca}\n# new\n${next.bundle}\n# end`)).toBe('usable');
  expect(found(paths.ca, `${pki.ca}${next.bundle}`.replaceAll('\n', '\r\n'))).toBe('usable');
});

test('a client certificate whose chain is cut off is sent without it', () => {
  const { certificate } = pki.client;
  expect(found(paths.cert, `${certificate}\n${next.bundle}`)).toBe('usable');
  expect(found(paths.cert, `${certificate}\n${next.bundle.slice(0, 100)}`)).toMatch(/certificate-invalid/);
});
