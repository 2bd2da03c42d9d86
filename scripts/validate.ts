import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { validateStack } from './validate/validate-stack';

/**
 * `npm run validate`: synthesizes both stacks and has terraform check them against the providers' schemas.
 * Exit code 0 valid, 1 invalid, 2 not checked because synth failed or the providers can't be reached.
 */
function main(): void {
  const root = resolve(__dirname, '..');
  const folder = mkdtempSync(join(tmpdir(), 'trail-validate-'));
  try {
    const synth = spawnSync(process.execPath, ['--import', 'tsx', 'main.ts'], {
      cwd: root,
      env: { ...process.env, CDKTF_OUTDIR: folder },
      stdio: 'inherit',
    });
    if (synth.status !== 0) {
      process.exitCode = 2;
      return;
    }
    const binary = process.env['TERRAFORM_BINARY_NAME'] ?? 'terraform';
    const outcomes = readdirSync(join(folder, 'stacks')).map((stack) => {
      const { outcome, detail } = validateStack(binary, join(folder, 'stacks', stack));
      console.log(`${stack}: ${outcome}`);
      if (outcome !== 'valid') console.log(detail.replace(/^/gm, '  '));
      return outcome;
    });
    if (outcomes.includes('unchecked')) {
      console.log('Nothing is known of a stack that was not checked: give terraform a registry or a mirror.');
      process.exitCode = 2;
    }
    if (outcomes.includes('invalid')) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
