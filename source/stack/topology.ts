/** The systems that have a pane and a verdict, in the order in which everything lists them. */
export const systems = ['etcd', 'patroni', 'redis', 'sentinel'] as const;
export type System = (typeof systems)[number];

/** What a container is; `backend` is our own sample application, null is anything else. */
export type ContainerRole = System | 'backend' | null;

/** Docker's container states (API `State.Status`), and ours for a container that should be there and is not. */
export type ContainerState =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead'
  | 'missing';

export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';

/** A container as the engine describes it. A missing one has an empty id. */
export type Container = {
  readonly id: string;
  readonly name: string;
  /** Compose service, or null outside of Compose. */
  readonly service: string | null;
  readonly project: string | null;
  readonly image: string;
  readonly role: ContainerRole;
  readonly state: ContainerState;
  readonly health: Health;
  readonly restarts: number;
  readonly exitCode: number | null;
  /** Epoch ms; null when it does not run. */
  readonly startedAt: number | null;
  /** When it last ended, epoch ms by the engine's clock; null while it runs, absent where the engine does not say. */
  readonly finishedAt?: number | null;
  readonly memoryLimitBytes: number | null;
};

/** One process of a cluster: an etcd node, a Patroni node with its Postgres, a Redis, a Sentinel. */
export type Member = {
  /** Unique within its system: the compose service, else the container's name. */
  readonly name: string;
  readonly system: System;
  /** Name of the container behind it. */
  readonly container: string;
  /** Every name and address by which others may speak of it: hostname, aliases, IPs, configured name. Lower case. */
  readonly aliases: readonly string[];
};

export type Topology = {
  /** Compose project, or the name of the only container group watched. */
  readonly stack: string;
  /** Compose profile that what exists amounts to; null when there are none or none fits. */
  readonly profile: string | null;
  readonly containers: readonly Container[];
  readonly members: readonly Member[];
};

/** How a member is reached: its published port, its container's address, or through an exec in the container. */
export type Via = 'published' | 'address' | 'exec';

/** Natural order, so that etcd10 comes after etcd9. */
export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  collator.compare(a.name, b.name);
const collator = new Intl.Collator('en', { numeric: true });
