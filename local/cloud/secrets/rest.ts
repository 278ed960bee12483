import type { Server } from 'node:http';
import { crc32c } from '#local/cloud/kms/checksum.ts';
import { type Route, restServer } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Secrets } from './secrets.ts';

/** The one call of Secret Manager that keyturn makes. Anything else is refused by name. */
const access = (secrets: Secrets): Route => ({
  method: 'GET',
  path: /^\/v1\/(?<secret>projects\/[^/]+\/secrets\/[^/:]+)\/versions\/(?<version>[1-9][0-9]*|latest):access$/,
  query: [],
  handle: ({ caller, params: { secret = '', version = '' } }) => {
    const { name, bytes } = secrets.access(caller, secret, version);
    return { body: { name, payload: { data: bytes.toString('base64'), dataCrc32c: String(crc32c(bytes)) } } };
  },
});

export const secretsRest = (world: World, secrets: Secrets): Server =>
  restServer(world, 'secretmanager', [access(secrets)]);
