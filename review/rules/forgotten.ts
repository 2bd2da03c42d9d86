import { touched } from '../changes';
import { protectedDestroyed } from './protected-destroyed';
import type { Rule } from '../rule';

/** Terraform stops managing something. */
export const forgotten: Rule = {
  id: 'forgotten',
  title: 'Terraform forgets something that stays',
  severity: 'supervise',
  cause: 'A `removed` block without destroy, or a replacement that leaves the old object behind.',
  explanation: 'The object runs on, and nobody updates, repairs or removes it any more.',
  remedy: 'import it elsewhere, or write down who looks after it',
  *examine(plan) {
    const told = new Set([...protectedDestroyed.examine(plan)].map((each) => each.address));
    for (const change of touched(plan)) {
      if (!change.actions.includes('forget') || told.has(change.address)) continue;
      yield { address: change.address, seen: [`${change.type} stays as it is, unmanaged`] };
    }
  },
};
