import fc from 'fast-check';
import { formatJson } from '../../review/format/json';
import { formatMarkdown } from '../../review/format/markdown';
import { formatText, plain } from '../../review/format/text';
import { PlanFault } from '../../review/plan/fault';
import { readPlan } from '../../review/plan/read';
import { review } from '../../review/review';
import { rules } from '../../review/rules';
import { fixtureBytes } from '../support/plan';

const now = new Date('2026-11-21T12:00:00Z');
const names = [
  'adopt',
  'disable-goldmane',
  'fresh',
  'hop-3.30.7-to-3.31.7',
  'image-and-memory',
  'namespace-renamed',
  'policy-opened',
];
const oddities = [null, true, 0, '', 'x', [], {}, [null], [[]], { a: null }, '0.0.0.0/0', -1, 1e300];

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    found.push({ holder, key });
    places(holder[key], found);
  }
  return found;
}

function judge(plan: unknown): string | undefined {
  try {
    const result = review(readPlan(Buffer.from(JSON.stringify(plan))), { now });
    formatText(result, { paint: plain, width: 80, full: true });
    formatMarkdown(result, { full: true });
    return formatJson(result);
  } catch (error) {
    if (error instanceof PlanFault) return undefined;
    throw error;
  }
}

test('a plan with anything odd anywhere is judged or refused as a plan, and never breaks the review', () => {
  const plans = names.map((name) => fixtureBytes(name).toString());
  fc.assert(
    fc.property(
      fc.nat(plans.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('remove', ...oddities)), { minLength: 1, maxLength: 4 }),
      (which, changes) => {
        const plan = JSON.parse(plans[which]!) as { resource_changes: unknown[] };
        for (const [where, odd] of changes) {
          // What is changed, not the bulk that stays as it is.
          const all = places(plan.resource_changes);
          const place = all[where % Math.max(1, all.length)];
          if (place === undefined) continue;
          if (odd === 'remove') Reflect.deleteProperty(place.holder, place.key);
          else place.holder[place.key] = odd;
        }
        judge(plan);
      },
    ),
    { numRuns: 300, seed: 8 },
  );
});

test('a module path, a count and a for_each in every address change no verdict', () => {
  for (const name of names) {
    const plan = JSON.parse(fixtureBytes(name).toString()) as { resource_changes: { address: string }[] };
    const before = review(readPlan(Buffer.from(JSON.stringify(plan))), { now });
    for (const change of plan.resource_changes)
      change.address = `module.a["x.y"].module.b[0].${change.address}["k"]`;
    const after = review(readPlan(Buffer.from(JSON.stringify(plan))), { now });
    expect(after.verdict).toBe(before.verdict);
    expect(after.findings.map((each) => each.rule)).toEqual(before.findings.map((each) => each.rule));
  }
});

test('the unversioned resource types of older configurations change no verdict', () => {
  for (const name of names) {
    const text = fixtureBytes(name).toString();
    const verdict = (json: string): string => review(readPlan(Buffer.from(json)), { now }).verdict;
    expect(verdict(text.replace(/(kubernetes_\w+?)_v1\b/g, '$1'))).toBe(verdict(text));
  }
});

test('no rule fails on a real plan', () => {
  for (const name of names) {
    const plan = readPlan(fixtureBytes(name));
    for (const rule of rules) expect(() => [...rule.examine(plan)]).not.toThrow();
  }
});
