import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { bundledPackages, notices } from './third-party';

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // A script of its own beside each bundle: `node --enable-source-maps dist/trail.js` shows our lines.
  sourcemap: 'linked',
  minify: false,
  logLevel: 'warning',
  metafile: true,
};

/** Whole programs: they run from one file, without node_modules. */
const programs: BuildOptions = {
  ...common,
  banner: { js: '#!/usr/bin/env node' },
  // pg loads its native binding only where it is asked for; trail never asks.
  external: ['pg-native'],
};

/**
 * Writes `trail.js` and `edges.js` (executable, all packages inside), `main.js` (the infrastructure; cdktf
 * and its providers stay in node_modules) and `THIRD-PARTY` (licences of what the programs carry) into
 * `outdir`. `root` is the project's folder.
 */
export async function bundle(root: string, outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  const metafiles: Metafile[] = [];
  for (const name of ['trail', 'edges']) {
    const outfile = join(outdir, `${name}.js`);
    const entry = join(root, 'trail/bin', `${name}.ts`);
    const result = await build({
      ...programs,
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      metafile: true,
    });
    metafiles.push(result.metafile);
    await chmod(outfile, 0o755);
  }
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints: [join(root, 'main.ts')],
    outfile: join(outdir, 'main.js'),
    packages: 'external',
  });
  await writeFile(join(outdir, 'THIRD-PARTY'), notices(bundledPackages(root, metafiles)));
}
