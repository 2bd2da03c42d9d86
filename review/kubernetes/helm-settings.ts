import type { ResourceChange } from '../plan/plan';
import { asFields, at, isVoid, same, UNKNOWN, type Value } from '../value';

/**
 * Attributes of a helm_release that say how Terraform talks to Helm, not what runs: an import finds most of
 * them empty or at the provider's default. Values and version are judged apart.
 */
const harmless = new Set([
  'atomic',
  'chart',
  'cleanup_on_fail',
  'dependency_update',
  'description',
  'devel',
  'disable_crd_hooks',
  'disable_openapi_validation',
  'disable_webhooks',
  'id',
  'keyring',
  'lint',
  'manifest',
  'max_history',
  'metadata',
  'pass_credentials',
  'render_subchart_notes',
  'repository',
  'repository_ca_file',
  'repository_cert_file',
  'repository_key_file',
  'repository_password',
  'repository_username',
  'resources',
  'status',
  'take_ownership',
  'timeout',
  'timeouts',
  'upgrade_install',
  'values',
  'set',
  'set_list',
  'verify',
  'version',
  'wait',
  'wait_for_jobs',
]);

/** Settings of a Helm release that change and may alter what runs. */
export function releaseSettingsThatDiffer(change: ResourceChange): readonly string[] {
  const [before, after] = [asFields(change.before), asFields(change.after)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !harmless.has(key))
    .filter((key) => !unchanged(at(before, key), at(after, key)))
    .sort();
}

// Null, false and nothing are the same to Helm's switches.
function unchanged(a: Value | undefined, b: Value | undefined): boolean {
  if (b === UNKNOWN) return false;
  const off = (value: Value | undefined): boolean => isVoid(value) || value === false || value === 0;
  return same(a, b) || (off(a) && off(b));
}
