import type { Rule } from '../rule';

/** The plan does not show everything that is going to happen. */
export const planIncomplete: Rule = {
  id: 'plan-incomplete',
  title: 'the plan does not show everything',
  severity: 'supervise',
  cause:
    'Terraform calls the plan incomplete (-target, deferred changes), or it runs actions of providers beside the changes.',
  explanation:
    "What is not in this plan comes with the next one, and what a provider's action does is in no plan.",
  remedy: 'plan without -target; review the next plan as well',
  *examine(plan) {
    for (const { reason, change } of plan.deferred) {
      yield {
        address: change.address,
        seen: [`deferred (${reason.replaceAll('_', ' ')}): ${change.actions.join(', ')}`],
      };
    }
    if (!plan.complete && plan.deferred.length === 0)
      yield { seen: ['Terraform says that this plan is not complete'] };
    for (const address of plan.actionInvocations) yield { seen: [`the apply runs the action ${address}`] };
  },
};
