import type { Server } from 'node:http';
import { restServer } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { ObjectStore } from './objects.ts';
import { bucketRoutes } from './rest-buckets.ts';
import { objectRoutes } from './rest-objects.ts';
import { uploadRoutes } from './rest-uploads.ts';

/** How often lifecycle rules are looked at: often enough for a person who watches, rarely enough to cost nothing. */
const LIFECYCLE_MS = 3_600_000;

/** The JSON API of `store` on a socket: https://cloud.google.com/storage/docs/json_api. Lifecycle rules run while it listens. */
export const storageServer = (world: World, store: ObjectStore): Server => {
  const server = restServer(world, 'storage', [
    ...bucketRoutes(world, store),
    ...objectRoutes(world, store),
    ...uploadRoutes(world, store),
  ]);
  let cancel = () => {};
  const later = () => {
    cancel = world.clock.after(LIFECYCLE_MS, () => {
      store.applyLifecycle();
      later();
    });
  };
  server.once('listening', later);
  server.once('close', () => cancel());
  return server;
};
