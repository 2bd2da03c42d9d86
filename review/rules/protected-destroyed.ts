import { aggregator } from '../../contract';
import { isOperatorRelease } from '../calico/operator-release';
import { destroyed, touched } from '../changes';
import { nameOf, objectOf } from '../kubernetes/object';
import type { Plan, ResourceChange } from '../plan/plan';
import type { Rule, Severity } from '../rule';
import { asText, at, formatPath } from '../value';

interface Protected {
  readonly what: string;
  readonly severity: Severity;
  /** What is lost, where that is more than the object. */
  readonly loses?: string;
}

/** Namespaces, the operator, databases: things that a plan should never take away in passing. */
export const protectedDestroyed: Rule = {
  id: 'protected-destroyed',
  title: 'something protected is destroyed',
  severity: 'refuse',
  cause:
    "A namespace, the operator release, the Installation, a CRD, a database or its volume, or the database's init Job is deleted or replaced, or Terraform is told to forget it.",
  explanation:
    'Deleting a namespace deletes everything in it, also what Terraform does not know. Deleting the operator or a CRD takes networking or all objects of that kind with it. A database does not come back.',
  remedy:
    'find out which change of the configuration asks for it; a rename is not a move: keep the name, or move the contents first',
  *examine(plan) {
    for (const change of destroyed(plan)) {
      // A deposed object is the leftover of a replacement that was judged when it was planned.
      const found = change.deposed === undefined ? protectedThing(change) : undefined;
      if (found === undefined) continue;
      const because = change.replacePaths.map((path) => formatPath(path)).join(', ');
      const verb = change.action === 'replace' ? 'is deleted and created again' : 'is deleted';
      yield {
        address: change.address,
        severity: found.severity,
        seen: [
          `${found.what} ${verb}${because === '' ? '' : `, because ${because} changes`}`,
          ...(found.loses === undefined ? [] : [found.loses]),
          ...goesWith(plan, change),
        ],
        effect: { kind: 'lost', what: found.what },
      };
    }
    for (const change of touched(plan).filter((each) => each.action === 'forget')) {
      const found = protectedThing(change);
      if (found === undefined) continue;
      yield {
        address: change.address,
        severity: 'supervise',
        seen: [`${found.what} stays, but Terraform forgets it: nothing guards it from here on`],
        remedy: 'make sure that another stack imports it',
      };
    }
  },
};

const databaseTypes =
  /^(postgresql_(database|schema|role)|mysql_database|aws_(db_instance|rds_cluster|dynamodb_table|efs_file_system|ebs_volume)|google_(sql_database(_instance)?|compute_disk)|azurerm_(postgresql|mysql|mssql)_.*|kubernetes_persistent_volume(_claim)?(_v1)?|vault_database_secret_backend_static_role)$/;

const databaseGroups = new Set(['postgresql.cnpg.io', 'acid.zalan.do', 'postgres-operator.crunchydata.com']);

function protectedThing(change: ResourceChange): Protected | undefined {
  if (isOperatorRelease(change)) {
    return {
      what: 'the operator release',
      severity: 'refuse',
      loses: 'without the operator nothing repairs or upgrades calico-node',
    };
  }
  if (databaseTypes.test(change.type)) {
    return {
      what: `${change.type} ${idOf(change)}`,
      severity: 'refuse',
      loses: 'what it holds does not come back',
    };
  }
  const object = objectOf(change, 'before');
  if (object === undefined) return undefined;
  const what = nameOf(object);
  if (object.kind === 'Namespace')
    return { what, severity: 'refuse', loses: 'everything in the namespace goes with it' };
  if (object.kind === 'CustomResourceDefinition') {
    return { what, severity: 'refuse', loses: 'every object of that kind goes with it' };
  }
  if (
    object.group === 'operator.tigera.io' &&
    (object.kind === 'Installation' || object.kind === 'APIServer')
  ) {
    return { what, severity: 'refuse', loses: 'the operator takes down what it installed' };
  }
  if (object.kind === 'PersistentVolume' || object.kind === 'PersistentVolumeClaim') {
    return { what, severity: 'refuse', loses: 'what it holds may not come back' };
  }
  if (databaseGroups.has(object.group))
    return { what, severity: 'refuse', loses: 'the database and its volumes go with it' };
  // A Job can't be updated, so a new image replaces it: no loss, but it runs against the database again.
  if (
    object.kind === 'Job' &&
    (object.name === aggregator.dbInit || /db-?init|database-?init/.test(object.name ?? ''))
  ) {
    return { what, severity: 'supervise', loses: 'it runs against the database again when it is created' };
  }
  return undefined;
}

function idOf(change: ResourceChange): string {
  return asText(at(change.before, 'name')) ?? asText(at(change.before, 'id')) ?? change.name;
}

function goesWith(plan: Plan, namespace: ResourceChange): readonly string[] {
  const object = objectOf(namespace, 'before');
  if (object?.kind !== 'Namespace' || object.name === undefined) return [];
  const inside = (contents(plan).get(object.name) ?? []).filter((address) => address !== namespace.address);
  if (inside.length === 0) return ['nothing else of this stack is in it'];
  const shown = inside.slice(0, 8);
  const more = inside.length > shown.length ? [`… and ${inside.length - shown.length} more`] : [];
  return ['of this stack go with it:', ...shown.map((address) => `  ${address}`), ...more];
}

const indices = new WeakMap<Plan, ReadonlyMap<string, readonly string[]>>();

/** Addresses of what the plan knows in each namespace. */
function contents(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const known = indices.get(plan);
  if (known !== undefined) return known;
  const index = new Map<string, string[]>();
  for (const change of plan.changes) {
    const namespace = change.mode === 'managed' ? namespaceOf(change) : undefined;
    if (namespace === undefined) continue;
    const addresses = index.get(namespace);
    if (addresses === undefined) index.set(namespace, [change.address]);
    else addresses.push(change.address);
  }
  indices.set(plan, index);
  return index;
}

function namespaceOf(change: ResourceChange): string | undefined {
  return (
    asText(at(change.before, 'namespace')) ??
    asText(at(change.before, 'metadata', 0, 'namespace')) ??
    asText(at(change.before, 'manifest', 'metadata', 'namespace'))
  );
}
