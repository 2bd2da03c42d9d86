import type { Rule } from '../rule';
import { adoption } from './adoption';
import { calicoNodeRolls } from './calico-node-rolls';
import { checkFailed } from './check-failed';
import { crdsFirst } from './crds-first';
import { dataPlaneOwnership } from './data-plane-ownership';
import { driftFound } from './drift-found';
import { egressEnforced } from './egress-enforced';
import { exposedWithoutAuth } from './exposed-without-auth';
import { forgotten } from './forgotten';
import { imageChanged } from './image-changed';
import { imageUnpinned } from './image-unpinned';
import { memoryLowered } from './memory-lowered';
import { networkPolicyOpened } from './network-policy-opened';
import { networkPolicyTightened } from './network-policy-tightened';
import { notUnderstood } from './not-understood';
import { objectDestroyed } from './object-destroyed';
import { observabilityLost } from './observability-lost';
import { planIncomplete } from './plan-incomplete';
import { protectedDestroyed } from './protected-destroyed';
import { providerChanged } from './provider-changed';
import { rbacWidened } from './rbac-widened';
import { secretVisible } from './secret-visible';
import { stateEmpty } from './state-empty';
import { unfamiliarType } from './unfamiliar-type';
import { unknownValue } from './unknown-value';
import { versionHop } from './version-hop';
import { workloadRestarts } from './workload-restarts';

/** Every rule, in the order in which findings of one severity are shown: what hurts most first. */
export const rules: readonly Rule[] = [
  protectedDestroyed,
  dataPlaneOwnership,
  calicoNodeRolls,
  versionHop,
  crdsFirst,
  observabilityLost,
  exposedWithoutAuth,
  networkPolicyOpened,
  networkPolicyTightened,
  egressEnforced,
  rbacWidened,
  secretVisible,
  objectDestroyed,
  forgotten,
  workloadRestarts,
  imageUnpinned,
  imageChanged,
  memoryLowered,
  unknownValue,
  notUnderstood,
  planIncomplete,
  checkFailed,
  adoption,
  driftFound,
  providerChanged,
  stateEmpty,
  unfamiliarType,
];
