import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';

/**
 * Root of the PKI tokens of Confidential Space, by the SHA-1 fingerprint that Google publishes
 * (https://cloud.google.com/confidential-computing/confidential-space/docs/connect-external-resources). Nobody can make a second certificate
 * of that fingerprint: this needs a second preimage, and collisions of SHA-1 do not help.
 */
export const GOOGLE_ROOT_SHA1 = 'B9:51:20:74:2C:24:E3:AA:34:04:2E:1C:3B:A3:AA:D2:8B:21:23:21';

/** `undefined`: Google's. Else the certificate that the auditor gave. */
export type Root = X509Certificate | undefined;

export const rootWords = (root: Root): string => {
  if (root === undefined || root.fingerprint === GOOGLE_ROOT_SHA1)
    return `Google's Confidential Space root, SHA-1 ${GOOGLE_ROOT_SHA1}`;
  return `the root that was given, not Google's: SHA-256 ${root.fingerprint256}`;
};

/** A root from PEM or DER. Throws USAGE. */
export const rootFrom = (bytes: Uint8Array): X509Certificate => {
  try {
    return new X509Certificate(bytes);
  } catch (cause) {
    throw new KeyturnError('USAGE', '--root: the file holds no certificate', { field: 'root', cause });
  }
};

/** Further members are admitted: the signature covers the header, and nothing is done by them. */
const header = z.looseObject({ alg: z.literal('RS256'), x5c: z.array(z.string()).length(3) });
const claimsSchema = z.looseObject({ iat: z.number().int(), nbf: z.number().int().optional(), exp: z.number().int() });
export type Claims = z.infer<typeof claimsSchema>;

const bad = (message: string, cause?: unknown) => new KeyturnError('MALFORMED', message, { cause });

/** base64url has spare bits in its last digit: only the one spelling counts. */
const bytesOf = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw bad('the token is not in the one spelling of base64url');
  return bytes;
};

const jsonOf = (part: string): unknown => {
  try {
    return JSON.parse(bytesOf(part).toString('utf8'));
  } catch (cause) {
    throw bad('the token holds no JSON', cause);
  }
};

const certificate = (der: string): X509Certificate => {
  try {
    return new X509Certificate(Buffer.from(der, 'base64'));
  } catch (cause) {
    throw bad('a certificate of the token cannot be read', cause);
  }
};

const signs = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);

const isPinned = (given: X509Certificate, root: Root): boolean =>
  root === undefined ? given.fingerprint === GOOGLE_ROOT_SHA1 : given.fingerprint256 === root.fingerprint256;

/**
 * Claims of a PKI token: its signature by the leaf, and the chain of its header up to the pinned root. The root of the header itself is believed
 * for nothing. Certificates must be valid when the token was issued. Throws MALFORMED with what does not hold.
 */
export const tokenClaims = (token: string, root: Root): Claims => {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  if (more.length > 0) throw bad('the token has not three parts');
  const head3 = header.safeParse(jsonOf(head));
  if (!head3.success) throw bad('the header of the token is not that of a PKI token');
  const [leaf, middle, top] = head3.data.x5c.map(certificate);
  if (leaf === undefined || middle === undefined || top === undefined)
    throw bad('the token has not three certificates');
  if (!isPinned(top, root)) throw bad(`the chain of the token ends at another root than ${rootWords(root)}`);
  if (!signs(top, top) || !signs(top, middle) || !signs(middle, leaf))
    throw bad('the chain of the token does not hold');
  const key = createPublicKey(leaf.publicKey.export({ type: 'spki', format: 'pem' }));
  if (!verify('sha256', Buffer.from(`${head}.${body}`), key, bytesOf(signature)))
    throw bad('the signature of the token is not that of its leaf certificate');
  const claims = claimsSchema.safeParse(jsonOf(body));
  if (!claims.success) throw bad('the token does not say when it was issued');
  const at = claims.data.iat * 1000;
  const isTimely = [leaf, middle, top].every(
    (one) => one.validFromDate.getTime() <= at && at <= one.validToDate.getTime(),
  );
  if (!isTimely) throw bad('a certificate of the token was not valid when it was issued');
  return claims.data;
};
