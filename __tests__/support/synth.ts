import { App, Testing, type TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';
import { warningsOf } from '../../constructs/terraform/warnings';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterStack } from '../../constructs/terraform/cluster-stack';
import { terraformSettings } from '../../settings/terraform';

type Json = Readonly<Record<string, unknown>>;

/** Terraform JSON of one stack, looked at by address. */
export interface Synthesized {
  /** The whole document without cdktf's own `//` notes: what a snapshot keeps. */
  readonly json: Json;
  /** The same as YAML, manifests and Helm values as blocks, for snapshots that people review. */
  readonly text: string;
  /** Addresses of all resources, sorted. */
  readonly addresses: readonly string[];
  /** What synth warns about. */
  readonly warnings: readonly string[];
  /** Import id by address. */
  readonly imports: Readonly<Record<string, string>>;
  /** Attributes of the resource with this address; an unknown address throws and lists what there is. */
  resource(address: string): Json;
}

/** Synthesizes what `build` makes with cdktf's validators on: a stack that `cdktf synth` refuses throws. */
export function synthStack(build: (app: App) => TerraformStack): Synthesized {
  const stack = build(Testing.app());
  const json = strip(JSON.parse(Testing.synth(stack, true))) as Json;
  const types = (json['resource'] ?? {}) as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  const byAddress = new Map<string, Json>();
  for (const [type, resources] of Object.entries(types)) {
    for (const [name, resource] of Object.entries(resources)) byAddress.set(`${type}.${name}`, resource);
  }
  const addresses = [...byAddress.keys()].sort();
  const imports = (json['import'] ?? []) as readonly { readonly to: string; readonly id: string }[];
  return {
    json,
    text: stringify(json, { lineWidth: 0, aliasDuplicateObjects: false }),
    addresses,
    warnings: warningsOf(stack),
    imports: Object.fromEntries(imports.map(({ to, id }) => [to, id])),
    resource(address) {
      const found = byAddress.get(address);
      if (found === undefined) throw new Error(`no ${address}; there are:\n${addresses.join('\n')}`);
      return found;
    },
  };
}

/** Synthesizes constructs alone, in a stack that has every provider. */
export function synthConstruct(build: (scope: Construct) => void): Synthesized {
  return synthStack((app) => {
    const stack = new ClusterStack(app, 'test', {
      terraform: terraformSettings.parse({}),
      providers: ['kubernetes', 'helm', 'kubectl', 'vault'],
    });
    build(stack);
    return stack;
  });
}

/** Every byte that the synthesis of an app leaves on disk, as `cdktf synth` would. */
export function synthBytes(build: (app: App) => void): string {
  const outdir = mkdtempSync(join(tmpdir(), 'cdktf-out-'));
  try {
    const app = new App({ outdir });
    build(app);
    app.synth();
    return readdirSync(outdir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n');
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .map(([key, child]) => [key, strip(child)]),
  );
}
