import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateStack } from '../../scripts/validate/validate-stack';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'validate-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A terraform that answers `init` and `validate` as told and notes how it was called. */
function terraform(init: string, validate = 'exit 0'): string {
  const path = join(folder, 'terraform');
  const script = `#!/bin/sh\necho "$@" >> calls\ncase "$1" in init) ${init};; validate) ${validate};; esac\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

test('a stack that the providers accept is valid, and neither state nor cluster was touched', () => {
  const verdict = validateStack(terraform('exit 0', 'echo Success; exit 0'), folder);
  expect(verdict).toEqual({ outcome: 'valid', detail: 'Success' });
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe(
    'init -backend=false -input=false -no-color\nvalidate -no-color\n',
  );
});

test('a stack that the providers refuse is invalid, and what they say is shown', () => {
  const verdict = validateStack(terraform('exit 0', 'echo "Unsupported argument" >&2; exit 1'), folder);
  expect(verdict).toEqual({ outcome: 'invalid', detail: 'Unsupported argument' });
  expect(validateStack(terraform('echo "Invalid version constraint"; exit 1'), folder).outcome).toBe(
    'invalid',
  );
});

test('providers that cannot be reached are never taken for a pass', () => {
  const offline =
    'echo "Error: Failed to query available provider packages: could not connect to host" >&2; exit 1';
  expect(validateStack(terraform(offline), folder)).toMatchObject({ outcome: 'unchecked' });
});

test('without terraform the verdict says so', () => {
  const { outcome, detail } = validateStack(join(folder, 'none'), folder);
  expect(outcome).toBe('unchecked');
  expect(detail).toMatch(/is not installed; name another with TERRAFORM_BINARY_NAME/);
});
