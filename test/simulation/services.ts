import type { Instances } from '#local/cloud/compute/instances.ts';
import type { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import type { Keys } from '#local/cloud/kms/keys.ts';
import type { Topics } from '#local/cloud/pubsub/topics.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { ObjectStore } from '#local/cloud/storage/objects.ts';
import type { Config } from '#schemas/config.ts';
import type { Observer } from './observer.ts';
import type { Scheduler } from './scheduler.ts';

/** The services that ports reach. */
export interface Services {
  readonly world: World;
  readonly store: ObjectStore;
  readonly topics: Topics;
  readonly keys: Keys;
  readonly instances: Instances;
  readonly verifier: AttestationVerifier;
  readonly config: Config;
  readonly scheduler: Scheduler;
  readonly observer: Observer;
  /** Objects per page at most; 0: as many as asked for. */
  readonly page: number;
  /** Whether nobody may list this prefix now: its owner took the right away. */
  readonly closedTo: (bucket: string, prefix: string) => boolean;
}
