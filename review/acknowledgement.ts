import * as z from 'zod';

/** An accepted finding: which, why, by whom, until when. */
export interface Acknowledgement {
  readonly rule: string;
  /** Address of the finding; `*` stands for any part of it; `(plan)` for findings of the plan as a whole. */
  readonly address: string;
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it counts, `YYYY-MM-DD`, UTC. */
  readonly expires: string;
}

/** Address of findings that have none of their own. */
export const WHOLE_PLAN = '(plan)';

/** Rules of the review itself, which nobody can acknowledge. */
export const notAcknowledgeable = [
  'rule-failed',
  'acknowledgement-expired',
  'acknowledgement-unused',
] as const;

/**
 * Checks the parsed content of an acknowledgements file; `knownRules` are the ids that may be named.
 * Returns the acknowledgements, or every problem at once, one line each.
 */
export function parseAcknowledgements(
  input: unknown,
  knownRules: readonly string[],
): { readonly acknowledgements: readonly Acknowledgement[] } | { readonly problems: readonly string[] } {
  const result = schema(knownRules).safeParse(input ?? { acknowledgements: [] });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    const at = issue.path.length === 0 ? '(top level)' : issue.path.join('.');
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at}: unknown key "${key}"`);
    return [`${at}: ${issue.message}`];
  });
  return { problems };
}

function schema(
  knownRules: readonly string[],
): z.ZodType<{ readonly acknowledgements: readonly Acknowledgement[] }> {
  const words = (what: string): z.ZodString =>
    z.string(`${what} is missing`).trim().min(1, `${what} is empty`);
  return z.strictObject({
    acknowledgements: z.array(
      z.strictObject({
        rule: words('rule').refine((id) => knownRules.includes(id), {
          error: ({ input }) => `"${String(input)}" is no rule; the rules are ${knownRules.join(', ')}`,
        }),
        address: words('address').refine((address) => /[^*.]/.test(address), {
          error: 'only stars match everything; name at least part of the address',
        }),
        reason: words('reason').min(10, 'reason: say why in at least 10 characters'),
        owner: words('owner'),
        expires: z.iso.date('expires must be a day, YYYY-MM-DD'),
      }),
    ),
  });
}

/** Whether the acknowledgement still counts at `now`: through the end of its last day, UTC. */
export function isValid(acknowledgement: Acknowledgement, now: Date): boolean {
  return now.getTime() < Date.parse(`${acknowledgement.expires}T00:00:00Z`) + 86_400_000;
}

/** Whether the acknowledgement speaks of that finding. */
export function covers(acknowledgement: Acknowledgement, rule: string, address: string | undefined): boolean {
  if (acknowledgement.rule !== rule) return false;
  const pattern = acknowledgement.address
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(address ?? WHOLE_PLAN);
}
