import { covers, isValid, WHOLE_PLAN, type Acknowledgement } from './acknowledgement';
import { diffOf, type ResourceDiff } from './diff';
import { Mask } from './mask';
import type { Plan } from './plan/plan';
import type { Effect, Rule, Severity, Sighting } from './rule';
import { rules as allRules } from './rules';
import { summarize, type Summary } from './summary';

/** What a rule found, masked and ready to be shown. */
export interface Finding {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** Address of the resource; undefined where the plan as a whole is meant. */
  readonly address: string | undefined;
  readonly seen: readonly string[];
  readonly explanation: string;
  readonly remedy: string;
  readonly effect: Effect | undefined;
  /** Who accepted it; its severity then counts one step less. */
  readonly acknowledged: Acknowledgement | undefined;
}

/** `clear`: nothing to supervise. `supervise`: somebody must watch. `refuse`: must not be applied. */
export type Verdict = 'clear' | 'supervise' | 'refuse';

/** The whole answer to "what will this plan do". Holds nothing that must not be shown. */
export interface Review {
  readonly verdict: Verdict;
  readonly terraformVersion: string | undefined;
  readonly summary: Summary;
  /** Worst first, then in the order of the rules, then by address. */
  readonly findings: readonly Finding[];
  /** What changes, resource by resource, sorted by address. */
  readonly changes: readonly ResourceDiff[];
}

export interface ReviewOptions {
  /** Decides which acknowledgements have expired. */
  readonly now: Date;
  /** @default - none */
  readonly acknowledgements?: readonly Acknowledgement[];
  /** @default - every rule */
  readonly rules?: readonly Rule[];
}

const weights: Readonly<Record<Severity, number>> = { refuse: 2, supervise: 1, notice: 0 };

/** Judges a plan. Pure: the same plan, acknowledgements and day give the same review. */
export function review(plan: Plan, options: ReviewOptions): Review {
  const mask = new Mask(plan);
  const rules = options.rules ?? allRules;
  const acknowledgements = options.acknowledgements ?? [];
  const found = rules.flatMap((rule) => examine(rule, plan, mask));
  const judged = found.map((finding) => acknowledge(finding, acknowledgements, options.now));
  const findings = [...judged, ...bookkeeping(found, acknowledgements, options.now)].sort(
    (a, b) => weights[b.severity] - weights[a.severity],
  );
  const worst = Math.max(0, ...findings.map(effectiveWeight));
  return {
    verdict: worst >= 2 ? 'refuse' : worst === 1 ? 'supervise' : 'clear',
    terraformVersion: plan.terraformVersion,
    summary: summarize(plan, findings, mask),
    findings,
    changes: plan.changes.flatMap((change) => diffOf(change, mask) ?? []),
  };
}

// Somebody who accepts a refusal still has to watch; what needed watching is accepted as it is.
function effectiveWeight(finding: Finding): number {
  const weight = weights[finding.severity];
  return finding.acknowledged === undefined ? weight : Math.max(0, weight - 1);
}

function examine(rule: Rule, plan: Plan, mask: Mask): Finding[] {
  const sightings: Sighting[] = [];
  try {
    for (const sighting of rule.examine(plan)) sightings.push(sighting);
  } catch (error) {
    // What a rule saw before it failed counts; what it did not get to see may be anything.
    return [...sightings.map((each) => toFinding(rule, each, mask)), failed(rule, error, mask)];
  }
  return sightings.map((each) => toFinding(rule, each, mask)).sort(byAddress);
}

function toFinding(rule: Rule, sighting: Sighting, mask: Mask): Finding {
  return {
    rule: rule.id,
    title: rule.title,
    severity: sighting.severity ?? rule.severity,
    address: sighting.address === undefined ? undefined : mask.text(sighting.address),
    seen: sighting.seen.map((line) => mask.text(line)),
    explanation: rule.explanation,
    remedy: mask.text(sighting.remedy ?? rule.remedy),
    effect:
      sighting.effect === undefined
        ? undefined
        : { ...sighting.effect, what: mask.text(sighting.effect.what) },
    acknowledged: undefined,
  };
}

function failed(rule: Rule, error: unknown, mask: Mask): Finding {
  return {
    rule: 'rule-failed',
    title: 'a rule could not be evaluated',
    severity: 'refuse',
    address: undefined,
    seen: [`${rule.id}: ${mask.text(error instanceof Error ? error.message : String(error))}`],
    explanation: 'What a rule could not look at may be exactly what it is there for.',
    remedy: 'review by hand what the rule covers, and report this plan as a fault of trail',
    effect: undefined,
    acknowledged: undefined,
  };
}

function acknowledge(finding: Finding, acknowledgements: readonly Acknowledgement[], now: Date): Finding {
  if (finding.rule === 'rule-failed') return finding;
  const acknowledged = acknowledgements.find(
    (each) => isValid(each, now) && covers(each, finding.rule, finding.address),
  );
  return acknowledged === undefined ? finding : { ...finding, acknowledged };
}

function bookkeeping(
  found: readonly Finding[],
  acknowledgements: readonly Acknowledgement[],
  now: Date,
): Finding[] {
  return acknowledgements.flatMap((each) => {
    const used = found.some((finding) => covers(each, finding.rule, finding.address));
    const base = {
      address: each.address === WHOLE_PLAN ? undefined : each.address,
      effect: undefined,
      acknowledged: undefined,
    };
    if (!isValid(each, now)) {
      return {
        ...base,
        rule: 'acknowledgement-expired',
        title: 'an acknowledgement has expired',
        severity: 'supervise' as const,
        seen: [`${each.rule} for ${each.address}, by ${each.owner}, until ${each.expires}: ${each.reason}`],
        explanation: 'It was accepted for a time, and that time is over.',
        remedy: used
          ? `ask ${each.owner} to renew it or to correct the cause`
          : 'it is no longer needed: remove it',
      };
    }
    if (used) return [];
    return {
      ...base,
      rule: 'acknowledgement-unused',
      title: 'an acknowledgement matches nothing',
      severity: 'notice' as const,
      seen: [`${each.rule} for ${each.address}, by ${each.owner}`],
      explanation: 'It would silently accept the next such finding.',
      remedy: 'remove it, or correct its address',
    };
  });
}

function byAddress(a: Finding, b: Finding): number {
  const [left, right] = [a.address ?? '', b.address ?? ''];
  return left === right ? 0 : left < right ? -1 : 1;
}
