import { OAuth2Client } from 'google-auth-library';
import { callerOn } from '#adapters/calls/deadline.ts';
import type { Pace } from '#adapters/chain/rpc-quorum.ts';
import { realClock } from '#adapters/clock.ts';
import type { Clock } from '#core/ports.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';

/** Credentials of `name` in `world`, as a token file would give them. */
export const clientOf = (world: World, name: string): OAuth2Client => {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: world.iam.issueToken(callerNamed(name)) });
  return authClient;
};

export const grant = (world: World, name: string, role: string, resource: string): void =>
  world.iam.bind({ id: `${name} ${role} ${resource}`, resource, role, members: [name] });

/** No waiting between attempts: only an attempt's own limit is slept for. */
const eager: Clock = {
  now: realClock.now,
  sleep: (ms, signal) => realClock.sleep(signal === undefined ? 0 : ms, signal),
};
export const eagerly = callerOn(eager, () => 0);
/** Reads that are made again at once. */
export const EAGER_PACE: Pace = { clock: eager, random: () => 0 };

export const failureOf = async (promise: Promise<unknown>): Promise<KeyturnError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isKeyturnError(error)) throw new Error(`no KeyturnError but ${String(error)}`, { cause: error });
  return error;
};
