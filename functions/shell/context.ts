import type { Chains, Clock, Log, Machines, Publisher, Storage } from '#core/ports.ts';
import type { Config } from '#schemas/config.ts';
import type { Buckets } from '#schemas/names.ts';

/** What every function has at hand. */
export interface Context extends Config {
  readonly buckets: Buckets;
  readonly storage: Storage;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LaunchContext extends Context {
  readonly machines: Machines;
}

export interface ChainContext extends Context {
  readonly chains: Chains;
}

export interface ReconcileContext extends LaunchContext, ChainContext {
  /** Ids that a tick of this process is looking after: ticks overlap when there is most to do. */
  readonly inHand?: Set<string>;
}
