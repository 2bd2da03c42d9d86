import type { Rule } from '../rule';

/** Another provider, or another schema of it, manages what is there. */
export const providerChanged: Rule = {
  id: 'provider-changed',
  title: 'a provider changes',
  severity: 'supervise',
  cause:
    'Objects in the state belong to another provider or an older schema than the one that planned, or a provider has no version constraint.',
  explanation:
    "Another provider may read the same object differently: defaults appear, fields vanish, replacements follow. The state can't go back to an older schema.",
  remedy: 'keep a copy of the state, and change the provider in a plan of its own that changes nothing else',
  *examine(plan) {
    const moves = new Map<string, string[]>();
    const note = (what: string, address: string): void => {
      const addresses = moves.get(what);
      if (addresses === undefined) moves.set(what, [address]);
      else addresses.push(address);
    };
    const previous = new Map(plan.changes.map((change) => [change.address, change.previousAddress]));
    for (const [address, to] of plan.planned) {
      const from = plan.prior.get(previous.get(address) ?? address);
      if (from === undefined) continue;
      if (from.provider !== to.provider && from.provider !== undefined && to.provider !== undefined) {
        note(`provider ${from.provider} → ${to.provider}`, address);
      } else if (
        from.schemaVersion !== to.schemaVersion &&
        from.schemaVersion !== undefined &&
        to.schemaVersion !== undefined
      ) {
        note(
          `schema ${from.schemaVersion} → ${to.schemaVersion} of ${to.provider ?? 'the provider'}`,
          address,
        );
      }
    }
    for (const [what, addresses] of [...moves].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : '';
      yield { seen: [what, `at ${addresses[0] ?? ''}${more}`] };
    }
    for (const provider of plan.providers) {
      if (provider.constraint !== undefined || provider.fullName === undefined || provider.key.includes(':'))
        continue;
      if (provider.fullName.startsWith('terraform.io/builtin/')) continue;
      yield {
        severity: 'notice',
        seen: [`${provider.fullName} has no version constraint`],
        remedy: 'name a range in required_providers',
      };
    }
  },
};
