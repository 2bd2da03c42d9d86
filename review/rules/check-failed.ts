import type { Rule } from '../rule';

/** A check of the configuration itself fails. */
export const checkFailed: Rule = {
  id: 'check-failed',
  title: 'a check of the configuration fails',
  severity: 'supervise',
  cause: 'A check block, a precondition or a postcondition has the status fail or error.',
  explanation: 'Whoever wrote the configuration wanted to be told in exactly this case.',
  remedy: 'read the message and correct its cause before applying',
  *examine(plan) {
    for (const check of plan.checks) {
      if (check.status !== 'fail' && check.status !== 'error') continue;
      yield { seen: [`${check.address}: ${check.status}`, ...check.problems] };
    }
  },
};
