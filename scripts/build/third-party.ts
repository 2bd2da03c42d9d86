import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package whose code a bundle carries. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression of its package.json. */
  readonly license: string;
  /** As its package.json names it; empty where it names nobody. */
  readonly author: string;
  /** Texts of its licence and notice files; empty where it ships none. */
  readonly texts: readonly string[];
}

const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const licenceFile = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

/**
 * The packages that the outputs of `metafiles` hold code of, by name and version. Throws where one names no
 * licence, since it must not be shipped then.
 */
export function bundledPackages(root: string, metafiles: readonly Metafile[]): BundledPackage[] {
  const folders = new Set<string>();
  for (const { outputs } of metafiles) {
    for (const [input, { bytesInOutput }] of Object.values(outputs).flatMap((out) =>
      Object.entries(out.inputs),
    )) {
      const folder = packageFolder.exec(input)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  const packages = new Map<string, BundledPackage>();
  for (const folder of folders) {
    const found = read(resolve(root, folder));
    packages.set(`${found.name}@${found.version}`, found);
  }
  return [...packages.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** One text that names every package with its licence and reproduces the licence files. */
export function notices(packages: readonly BundledPackage[]): string {
  const list = packages.map(({ name, version, license }) => `${name} ${version}: ${license}`);
  const texts = packages.map(
    ({ name, version, license, author, texts: each }) =>
      `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${each.join('\n\n') || `By ${author || 'its contributors'}; the package ships no licence text.`}\n`,
  );
  return `trail.js and edges.js contain code of these packages:\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

function read(folder: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: unknown;
    author?: string | { name?: string };
  };
  if (typeof manifest.license !== 'string' || manifest.license === '') {
    throw new Error(`${manifest.name}@${manifest.version} names no licence; it cannot be bundled`);
  }
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenceFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim());
  const author = typeof manifest.author === 'string' ? manifest.author : (manifest.author?.name ?? '');
  return { name: manifest.name, version: manifest.version, license: manifest.license, author, texts };
}
