import type { Instances } from '#local/cloud/compute/instances.ts';
import type { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import type { Keys } from '#local/cloud/kms/keys.ts';
import type { Topics } from '#local/cloud/pubsub/topics.ts';
import { CloudError, type CloudStatus } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { ObjectStore } from '#local/cloud/storage/objects.ts';
import { type Code, KeyturnError } from '#schemas/codes.ts';
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

const CODES: Readonly<Record<CloudStatus, Code>> = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  DEADLINE_EXCEEDED: 'DEADLINE',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'UNAVAILABLE',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  RESOURCE_EXHAUSTED: 'UNAVAILABLE',
  FAILED_PRECONDITION: 'UNAVAILABLE',
  ABORTED: 'UNAVAILABLE',
  OUT_OF_RANGE: 'UNAVAILABLE',
  UNIMPLEMENTED: 'UNAVAILABLE',
  INTERNAL: 'UNAVAILABLE',
  UNAVAILABLE: 'UNAVAILABLE',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
};

/** A service's error as the adapters would translate it. */
export const translated = (error: unknown): unknown =>
  error instanceof CloudError ? new KeyturnError(CODES[error.status], error.message) : error;

export const through = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw translated(error);
  }
};
