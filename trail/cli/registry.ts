import type { CommandModule } from './context';

interface Entry {
  /** One line, as `trail --help` lists it. */
  readonly summary: string;
  /** Loads the command's own code; nothing of it is evaluated before it is asked for. */
  load(): Promise<CommandModule>;
  /**
   * Exit code for a wrong command line, where 2 means something else.
   * @default 2
   */
  readonly usageExitCode?: number;
}

/** Every command of `trail`, in the order that help lists them. */
export const registry: Readonly<Record<string, Entry>> = {
  aggregate: {
    summary: 'keep the exact record: read Goldmane, write edges to PostgreSQL',
    load: () => import('../aggregator/command'),
  },
  digest: {
    summary: 'post the edges that nobody has been told of yet to Slack',
    load: () => import('../digest/command'),
  },
  edges: {
    summary: 'show who talked to whom, and since when',
    load: () => import('../edges/command'),
  },
  coverage: {
    summary: 'show which times are recorded, and which are lost',
    load: () => import('../coverage/command'),
  },
  health: {
    summary: 'check whether the trail is well',
    load: () => import('../health/command'),
  },
  'sync-certs': {
    summary: "copy Goldmane's client certificate and CA to where the aggregator reads them",
    load: () => import('../certs/command'),
  },
  watchdog: {
    summary: 'restart Whisker if its backend has lost Goldmane for good',
    load: () => import('../watchdog/command'),
  },
  'db-init': {
    summary: 'make the database and the role that owns it',
    load: () => import('../db-init/command'),
  },
  review: {
    summary: 'tell what a Terraform plan will do to the cluster, and whether to apply it',
    load: () => import('../review/command'),
    // 2 asks for supervision here; a pipeline must not take a typing error for that.
    usageExitCode: 1,
  },
  roll: {
    summary: 'supervise a roll of calico-node: gates before and after, a watch in between',
    load: () => import('../roll/command'),
  },
  completion: {
    summary: 'print a script that completes commands in your shell',
    load: () => import('../completion/command'),
  },
};
