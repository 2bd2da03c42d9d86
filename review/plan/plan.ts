import type { Path, Value } from '../value';

/** What Terraform is going to do with one object. `unrecognized` is anything that this program has no word for. */
export type Action =
  'no-op' | 'create' | 'read' | 'update' | 'delete' | 'replace' | 'forget' | 'unrecognized';

/** One object's planned (or, in a drift, observed) change. */
export interface ResourceChange {
  /** Absolute address, e.g. `module.calico.helm_release.operator["a"]`. */
  readonly address: string;
  /** Where the object was before a `moved` block; undefined where it was not moved. */
  readonly previousAddress: string | undefined;
  readonly mode: 'managed' | 'data' | 'ephemeral';
  readonly type: string;
  readonly name: string;
  /** Full provider name, e.g. `registry.terraform.io/hashicorp/helm`. */
  readonly provider: string | undefined;
  /** Set for a deposed object: the leftover of an interrupted replacement. */
  readonly deposed: string | undefined;
  readonly action: Action;
  /** The actions as Terraform wrote them. */
  readonly actions: readonly string[];
  /** Terraform's reason, e.g. `delete_because_no_resource_config`. */
  readonly reason: string | undefined;
  /** Id of an import; null where the id is not known before the apply; undefined where nothing is imported. */
  readonly importing: string | null | undefined;
  /** Null where there is nothing before. */
  readonly before: Value;
  /** Null where nothing is left; unknown values are UNKNOWN. */
  readonly after: Value;
  /** Trees of `true` over what Terraform calls sensitive. */
  readonly beforeSensitive: Value;
  readonly afterSensitive: Value;
  /** Attributes that force the replacement. */
  readonly replacePaths: readonly Path[];
}

/** One output's change. */
export interface OutputChange {
  readonly name: string;
  readonly action: Action;
  readonly before: Value;
  readonly after: Value;
  readonly sensitive: boolean;
}

/** One `check`, precondition, postcondition or validation. */
export interface Check {
  readonly address: string;
  readonly status: string;
  readonly problems: readonly string[];
}

/** One `provider` block of the configuration, secrets included: mask before printing. */
export interface ProviderBlock {
  readonly key: string;
  readonly fullName: string | undefined;
  readonly constraint: string | undefined;
  readonly expressions: Value;
}

/** What the state or the planned values say of who manages an object. */
export interface Managed {
  readonly provider: string | undefined;
  readonly schemaVersion: number | undefined;
}

/** A data source that was read while planning; its values are in the plan. */
export interface DataRead {
  readonly address: string;
  readonly type: string;
  readonly values: Value;
  readonly sensitive: Value;
}

/** An input variable's value, in clear even where the variable is declared sensitive. */
export interface Variable {
  readonly name: string;
  readonly value: Value;
  readonly sensitive: boolean;
}

/** A plan as rules see it. Lists are sorted by address, so that findings come in one order. */
export interface Plan {
  readonly formatVersion: string;
  readonly terraformVersion: string | undefined;
  /** False where Terraform says that applying would not bring everything about. */
  readonly complete: boolean;
  readonly changes: readonly ResourceChange[];
  /** What changed outside Terraform since the last apply. */
  readonly drift: readonly ResourceChange[];
  /** Changes put off to a later plan, with Terraform's reason. */
  readonly deferred: readonly { readonly reason: string; readonly change: ResourceChange }[];
  readonly outputs: readonly OutputChange[];
  readonly checks: readonly Check[];
  readonly providers: readonly ProviderBlock[];
  readonly variables: readonly Variable[];
  /** Whether there was any state before this plan. */
  readonly hasPriorState: boolean;
  readonly prior: ReadonlyMap<string, Managed>;
  readonly planned: ReadonlyMap<string, Managed>;
  readonly dataReads: readonly DataRead[];
  /** Addresses of provider actions that the apply runs beside the changes (Terraform ≥ 1.14). */
  readonly actionInvocations: readonly string[];
}
