import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

/** A public RSA key as a JWKS shows it (RFC 7517). */
export interface Jwk {
  readonly kty: 'RSA';
  readonly alg: 'RS256';
  readonly use: 'sig';
  readonly kid: string;
  readonly n: string;
  readonly e: string;
}

export interface Jwks {
  readonly keys: readonly Jwk[];
}

export type Claims = Readonly<Record<string, unknown>>;

/** Why a token was refused, in a few words without the token. */
export class JwtError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'JwtError';
  }
}

const headerSchema = z.looseObject({ alg: z.string(), kid: z.string().optional() });
const claimsSchema = z.record(z.string(), z.unknown());

const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An RS256 token. Same key and claims give the same bytes (PKCS #1 v1.5 is deterministic), so a simulation replays. */
export const signJwt = (key: KeyObject, header: Readonly<Record<string, unknown>>, claims: Claims): string => {
  const input = `${segment({ alg: 'RS256', typ: 'JWT', ...header })}.${segment(claims)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`;
};

const parse = <T>(schema: z.ZodType<T>, text: string): T => {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new JwtError('not a JSON web token');
  }
};

/** The claims without looking at the signature: good for nothing but choosing whose keys to ask. Throws JwtError. */
export const unverifiedClaims = (token: string): Claims => {
  const [, claims, , ...rest] = token.split('.');
  if (claims === undefined || rest.length > 0) throw new JwtError('not a JSON web token');
  return parse(claimsSchema, claims);
};

/** The claims of a token signed by one of `jwks`. Time and audience are the caller's to check. Throws JwtError. */
export const verifiedClaims = (token: string, jwks: Jwks): Claims => {
  const [head, body, signature, ...rest] = token.split('.');
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0)
    throw new JwtError('not a JSON web token');
  const header = parse(headerSchema, head);
  // The algorithm is ours, never the token's: "none" and HMAC over a public key are the classic forgeries.
  if (header.alg !== 'RS256') throw new JwtError('the algorithm is not RS256');
  const jwk = jwks.keys.find((key) => key.kid === header.kid);
  if (jwk === undefined) throw new JwtError('signed by an unknown key');
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')))
    throw new JwtError('the signature is wrong');
  return parse(claimsSchema, body);
};
