import { randomBytes } from 'node:crypto';
import { claimsOf } from '#adapters/identity/token-claims.ts';
import type { Attestation, Clock, Log } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** ms. Beyond this the machine's clock is not to be believed in either direction. */
export const MAX_SKEW_MS = 120_000;
const MAX_ROUND_TRIP_MS = 30_000;
const MAX_TRIES = 3;

/** `iat` of a token, ms. Throws CLOCK_SKEW where there is none. */
export const issuedAt = (token: string): number => {
  const iat = claimsOf(token)?.iat;
  if (typeof iat !== 'number' || !Number.isFinite(iat))
    throw new KeyturnError('CLOCK_SKEW', 'the attestation token has no iat');
  return iat * 1000;
};

/**
 * ms: a time that has certainly come, by a fresh token. The machine's clock may run ahead of it by `MAX_SKEW_MS`, which is right for what
 * expires and wrong for what must wait.
 */
export const tokenTime = async (attestation: Attestation): Promise<number> =>
  issuedAt(
    await attestation.token({ audience: 'keyturn/v1/time', nonce: randomBytes(32).toString('hex'), type: 'OIDC' }),
  );

/**
 * A clock that is never behind the attestation service: a slow machine clock would revive what has expired. The nonce is fresh, and the port
 * takes no token without it, so an old one cannot be played back. Throws CLOCK_SKEW on more than two minutes of difference.
 */
export const trustedClock = async (
  attestation: Attestation,
  clock: Clock,
  log: Log,
  nonce: () => string = () => randomBytes(32).toString('hex'),
): Promise<Clock> => {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = clock.now();
    const issued = issuedAt(await attestation.token({ audience: 'keyturn/v1/time', nonce: nonce(), type: 'OIDC' }));
    const after = clock.now();
    if (after - before > MAX_ROUND_TRIP_MS) continue;
    if (issued > after + MAX_SKEW_MS || issued < before - MAX_SKEW_MS)
      throw new KeyturnError(
        'CLOCK_SKEW',
        `the attestation service is ${Math.round((issued - before) / 1000)} s ahead of this machine`,
      );
    const shift = Math.max(0, issued - after);
    log.info('turn.time', { shiftMs: shift });
    return { now: () => clock.now() + shift, sleep: (ms, signal) => clock.sleep(ms, signal) };
  }
  throw new KeyturnError('CLOCK_SKEW', 'the attestation service took too long to tell the time');
};
