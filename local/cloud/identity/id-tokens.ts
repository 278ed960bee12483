import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { type Claims, type Jwks, JwtError, signJwt, verifiedClaims } from './jwt.ts';
import { type SigningKey, storedSigningKey } from './signing-key.ts';

const ISSUER = 'https://accounts.google.com';
const LIFETIME_S = 3600;

const claimsSchema = z.looseObject({
  iss: z.literal(ISSUER),
  aud: z.string(),
  email: z.email(),
  email_verified: z.literal(true),
  iat: z.number(),
  exp: z.number(),
});

/** A number of 21 digits that stands for an account, as Google's `sub`. */
const accountNumber = (email: string): string =>
  (BigInt(`0x${createHash('sha256').update(email).digest('hex')}`) % 10n ** 21n).toString().padStart(21, '1');

/**
 * OIDC identity tokens of service accounts, as Pub/Sub push and the metadata server issue them
 * (https://cloud.google.com/docs/authentication/token-types#id).
 */
export class IdTokens {
  readonly #world: World;
  readonly #key: SigningKey;

  constructor(world: World, key: SigningKey = storedSigningKey(world, 'id-tokens')) {
    this.#world = world;
    this.#key = key;
  }

  /** A token good for one hour and one audience. */
  mint(email: string, audience: string): string {
    const iat = Math.floor(this.#world.clock.now() / 1000);
    const sub = accountNumber(email);
    return signJwt(
      this.#key.privateKey,
      { kid: this.#key.jwk.kid },
      { aud: audience, azp: sub, email, email_verified: true, exp: iat + LIFETIME_S, iat, iss: ISSUER, sub },
    );
  }

  /** The email of a token made for `audience`. Throws UNAUTHENTICATED with the reason. */
  verify(token: string, audience: string): string {
    const refuse = (reason: string) => new CloudError('UNAUTHENTICATED', `The identity token was refused: ${reason}.`);
    let claims: Claims;
    try {
      claims = verifiedClaims(token, this.jwks());
    } catch (error) {
      if (error instanceof JwtError) throw refuse(error.message);
      throw error;
    }
    const parsed = claimsSchema.safeParse(claims);
    if (!parsed.success) throw refuse(`wrong claim ${parsed.error.issues[0]?.path.join('.')}`);
    const { aud, email, iat, exp } = parsed.data;
    const now = this.#world.clock.now() / 1000;
    if (aud !== audience) throw refuse(`it is for the audience ${aud}, not ${audience}`);
    if (now >= exp) throw refuse('it has expired');
    if (now < Math.floor(iat)) throw refuse('it was issued in the future');
    return email;
  }

  jwks(): Jwks {
    return { keys: [this.#key.jwk] };
  }
}
