import { readPlan } from '../../review/plan/read';
import type { Plan } from '../../review/plan/plan';
import { review, type Review } from '../../review/review';
import { parseSettings } from '../../settings';
import { CalicoStack } from '../../stacks/calico';
import { GoldmaneEdgeAggregatorStack } from '../../stacks/goldmane-edge-aggregator';
import { change, planJson, type RawChange } from '../support/plan';
import { synthStack, type Synthesized } from '../support/synth';

const now = new Date('2026-11-21T12:00:00Z');

type Json = Readonly<Record<string, unknown>>;

/** A plan that creates what a stack synthesizes: blocks as lists, references as values or unknown. */
function planShaped(stack: Synthesized): Plan {
  const changes = stack.addresses.map((address): RawChange => {
    const unknown: Record<string, unknown> = {};
    const after = shaped(stack, stack.resource(address), unknown) as Json;
    return change(address, null, after, { change: { after_unknown: unknown } });
  });
  return readPlan(Buffer.from(JSON.stringify(planJson(changes, { prior_state: undefined }))));
}

const blocks =
  /^(metadata|spec|template|job_template|pod_selector|namespace_selector|ip_block|role_ref|security_context|resources|http|backend|service|value_from|secret_key_ref)$/;

function shaped(stack: Synthesized, value: unknown, unknown: Record<string, unknown>): unknown {
  if (typeof value === 'string') return resolved(stack, value);
  if (Array.isArray(value)) return value.map((each) => shaped(stack, each, {}));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => key !== 'lifecycle' && key !== 'depends_on' && key !== 'provider')
    .map(([key, each]): [string, unknown] => {
      const inner = shaped(stack, each, {});
      if (inner === undefined) unknown[key] = true;
      const isBlock = blocks.test(key) && typeof inner === 'object' && !Array.isArray(inner);
      return [key, isBlock ? [inner] : inner];
    });
  return Object.fromEntries(entries);
}

// `${type.name.metadata[0].name}` is known while planning; anything else that is referred to is not.
function resolved(stack: Synthesized, text: string): string | undefined {
  const address = /^\$\{(\w+\.[\w-]+)\.metadata\[0\]\.name\}$/.exec(text)?.[1];
  if (address === undefined) return /^\$\{[^}]*\}$/.test(text) ? undefined : text.replaceAll('$${', '${');
  return (stack.resource(address)['metadata'] as { readonly name: string }).name;
}

function judge(stack: Synthesized): Review {
  return review(planShaped(stack), { now });
}

const loud = (result: Review): readonly string[] =>
  result.findings
    .filter((each) => each.severity !== 'notice')
    .map((each) => `${each.severity} ${each.rule} ${each.address ?? ''}`);

test('the calico stack on a fresh cluster rolls calico-node and nothing worse', () => {
  const result = judge(synthStack((app) => new CalicoStack(app, 'calico', parseSettings({}))));
  expect(result.verdict).toBe('supervise');
  expect(loud(result)).toEqual([
    'supervise calico-node-rolls kubectl_manifest.goldmane',
    'supervise state-empty ',
  ]);
});

test('the aggregator stack brings no secret, no open policy and no unpinned image', () => {
  const settings = parseSettings({});
  const result = judge(synthStack((app) => new GoldmaneEdgeAggregatorStack(app, 'aggregator', settings)));
  expect(result.verdict).toBe('supervise');
  expect(loud(result)).toEqual([
    'supervise rbac-widened kubernetes_role_v1.certificate-sync_copy-role',
    'supervise rbac-widened kubernetes_role_v1.certificate-sync_source-role',
    'supervise state-empty ',
  ]);
});
