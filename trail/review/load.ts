import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TrailError } from '../errors';
import { showPlan } from './show-plan';

/** Where a plan comes from, and what reads a plan file. */
export interface PlanSource {
  /** Path of a plan file or of its JSON, plain or gzip; `-` = stdin. */
  readonly path: string;
  readonly stdin: NodeJS.ReadableStream;
  /** Program that prints a plan file as JSON; undefined = terraform, else tofu. */
  readonly terraform?: string | undefined;
  /** Folder in which that program was initialized. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Larger than this nothing is read: a plan of that size is a mistake, and memory has an end. */
const LARGEST_BYTES = 1024 ** 3;

/** Exit code of `trail review` for whatever it could not judge. */
export const COULD_NOT_JUDGE = 1;

/** The plan's JSON as UTF-8, from a file or stdin, from JSON or a plan file. Throws a TrailError. */
export async function loadPlan(source: PlanSource): Promise<Uint8Array> {
  const raw = source.path === '-' ? await readStdin(source.stdin) : await readFile(source.path);
  const bytes = unzipped(raw, source.path);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return showFile(bytes, source);
  return decoded(bytes);
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_BYTES) throw tooLarge();
    const file = await open(path);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof TrailError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw fault(
      'plan-unreadable',
      `${path} can't be read (${code})`,
      'name the file that `terraform show -json` wrote',
      cause,
    );
  }
}

async function readStdin(stdin: NodeJS.ReadableStream): Promise<Uint8Array> {
  if ((stdin as { readonly isTTY?: boolean }).isTTY === true) {
    throw fault(
      'plan-missing',
      'no plan is given and nothing is piped in',
      'run `terraform show -json PLAN | trail review`',
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > LARGEST_BYTES) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function unzipped(bytes: Uint8Array, path: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_BYTES });
  } catch (cause) {
    throw fault('plan-truncated', `${path} is no complete gzip file`, 'compress the plan again', cause);
  }
}

// PowerShell's > writes UTF-16; everybody else UTF-8, some with a mark in front.
function decoded(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(bytes));
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  return bytes;
}

/** A plan file is a zip archive that only Terraform can read, with the providers of its folder. */
async function showFile(bytes: Uint8Array, source: PlanSource): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'trail-review-'));
  try {
    const file = join(folder, 'plan');
    await writeFile(file, bytes, { mode: 0o600 });
    return decoded(await showPlan(file, source));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tooLarge(): TrailError {
  return fault(
    'plan-too-large',
    'the plan is larger than 1 GiB',
    'check that this is the plan that is meant',
  );
}

function fault(code: string, problem: string, remedy: string, cause?: unknown): TrailError {
  return new TrailError(code, problem, remedy, { cause, exitCode: COULD_NOT_JUDGE });
}
