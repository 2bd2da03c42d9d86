import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { bundledPackages, notices } from './third-party';

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // A script of its own beside each bundle: `node --enable-source-maps dist/trail.js` shows our lines.
  sourcemap: 'linked',
  logLevel: 'warning',
};

/**
 * The Kubernetes client is four times the size of everything else together, and few commands use it. In a file
 * of its own it costs the others neither start-up time nor memory.
 */
const heavy = { name: '@kubernetes/client-node', file: 'kubernetes-client.js' } as const;

const apart: Plugin = {
  name: 'kubernetes client apart',
  setup: (esbuild) => {
    esbuild.onResolve({ filter: new RegExp(`^${heavy.name}$`) }, ({ kind }) => {
      if (kind !== 'dynamic-import') throw new Error(`import ${heavy.name} on demand, with import()`);
      return { path: `./${heavy.file}`, external: true };
    });
  },
};

/** Programs run without node_modules. */
const program: BuildOptions = {
  ...common,
  // Smaller to load; names stay, for whoever reads a stack trace. ASCII takes one byte a character in memory.
  minifyWhitespace: true,
  minifySyntax: true,
  charset: 'ascii',
  // pg loads its native binding only where it is asked for; trail never asks.
  external: ['pg-native'],
};

/**
 * Writes `trail.js` and `edges.js` (executable; they need no packages), the Kubernetes client that some of
 * their commands load, `main.js` (the infrastructure; cdktf and its providers stay in node_modules) and
 * `THIRD-PARTY` (licences of what the programs carry) into `outdir`. `root` is the project's folder.
 */
export async function bundle(root: string, outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  const make = async (options: BuildOptions, entry: string, file: string): Promise<Metafile> => {
    const outfile = join(outdir, file);
    const result = await build({
      ...options,
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      metafile: true,
    });
    return result.metafile;
  };
  const executable: BuildOptions = { ...program, banner: { js: '#!/usr/bin/env node' }, plugins: [apart] };
  const programs = await Promise.all([
    make(executable, './trail/bin/trail.ts', 'trail.js'),
    make(executable, './trail/bin/edges.ts', 'edges.js'),
    // Minified it takes a third less memory to load, which counts in a pod of 128 MiB.
    make({ ...program, minify: true, keepNames: true }, heavy.name, heavy.file),
  ]);
  for (const name of ['trail.js', 'edges.js']) await chmod(join(outdir, name), 0o755);
  await make({ ...common, packages: 'external' }, './main.ts', 'main.js');
  await writeFile(join(outdir, 'THIRD-PARTY'), notices(bundledPackages(root, programs)));
}
