import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { IdTokens } from '#local/cloud/identity/id-tokens.ts';
import { signJwt } from '#local/cloud/identity/jwt.ts';
import { newSigningKey } from '#local/cloud/identity/signing-key.ts';
import { FileJournal } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { oidc, START_MS } from '#test/support/local/identity.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

const EMAIL = 'push@keyturn-local.iam.gserviceaccount.com';
const AUDIENCE = 'https://collect.local';
const NOW = START_MS / 1000;

const setUp = () => {
  const clock = new VirtualClock(START_MS);
  return { clock, tokens: new IdTokens(createWorld({ clock }), oidc) };
};
const good = {
  iss: 'https://accounts.google.com',
  aud: AUDIENCE,
  email: EMAIL,
  email_verified: true,
  iat: NOW,
  exp: NOW + 60,
};
const signed = (claims: object) => signJwt(oidc.privateKey, { kid: oidc.jwk.kid }, { ...good, ...claims });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const refusal = (message: RegExp) =>
  expect.objectContaining({ status: 'UNAUTHENTICATED', message: expect.stringMatching(message) });
const refuse = (token: string, message: RegExp) => {
  const { tokens } = setUp();
  expect(() => tokens.verify(token, AUDIENCE)).toThrow(refusal(message));
};

describe('an identity token is refused', () => {
  it.each([
    ['empty', '', /not a JSON web token/],
    ['garbage', 'a.b.c', /not a JSON web token/],
    ['with a fourth part', `${signed({})}.x`, /not a JSON web token/],
    ['unsigned', `${part({ alg: 'none' })}.${part(good)}.`, /not RS256/],
    ['signed by a stranger', signJwt(newSigningKey().privateKey, { kid: oidc.jwk.kid }, good), /signature is wrong/],
    ['of an unknown key', signJwt(oidc.privateKey, { kid: 'other' }, good), /unknown key/],
    ['of another issuer', signed({ iss: 'https://accounts.example.com' }), /wrong claim iss/],
    ['of another audience', signed({ aud: 'https://launch.local' }), /audience https:\/\/launch\.local/],
    ['of an unverified email', signed({ email_verified: false }), /wrong claim email_verified/],
    ['without an email', signed({ email: undefined }), /wrong claim email/],
    ['that has expired', signed({ exp: NOW }), /expired/],
    ['from the future', signed({ iat: NOW + 5 }), /future/],
  ])('%s', (_, token, message) => refuse(token, message));

  it('keyed by our public key under HMAC', () => {
    const input = `${part({ alg: 'HS256', kid: oidc.jwk.kid })}.${part(good)}`;
    refuse(`${input}.${createHmac('sha256', oidc.jwk.n).update(input).digest('base64url')}`, /not RS256/);
  });

  it('with claims that were changed after signing', () => {
    const [head, , signature] = signed({}).split('.');
    refuse(
      `${head}.${part({ ...good, email: 'operator@keyturn-local.iam.gserviceaccount.com' })}.${signature}`,
      /signature/,
    );
  });
});

describe('a minted identity token', () => {
  it('is good for its audience and one hour', () => {
    const { clock, tokens } = setUp();
    const token = tokens.mint(EMAIL, AUDIENCE);
    expect(tokens.verify(token, AUDIENCE)).toBe(EMAIL);
    clock.advance(3_599_000);
    expect(tokens.verify(token, AUDIENCE)).toBe(EMAIL);
    clock.advance(1_000);
    expect(() => tokens.verify(token, AUDIENCE)).toThrow(refusal(/expired/));
  });

  it('verifies with a library that is not ours', async () => {
    const { tokens } = setUp();
    const keys = createLocalJWKSet({ keys: tokens.jwks().keys.map((key) => ({ ...key })) });
    const { payload } = await jwtVerify(tokens.mint(EMAIL, AUDIENCE), keys, {
      issuer: 'https://accounts.google.com',
      audience: AUDIENCE,
      algorithms: ['RS256'],
      currentDate: new Date(START_MS),
    });
    expect(payload).toMatchObject({
      email: EMAIL,
      email_verified: true,
      exp: NOW + 3600,
      sub: expect.stringMatching(/^\d{21}$/),
    });
  });

  it('is the same bytes for the same world, so that a simulation replays', () => {
    expect(setUp().tokens.mint(EMAIL, AUDIENCE)).toBe(setUp().tokens.mint(EMAIL, AUDIENCE));
  });

  it('outlives a restart, because its key is in the journal', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-identity-'));
    try {
      const start = () => {
        const journal = new FileJournal(join(folder, 'journal'));
        const tokens = new IdTokens(createWorld({ clock: new VirtualClock(START_MS), journal }));
        journal.close();
        return tokens;
      };
      expect(start().verify(start().mint(EMAIL, AUDIENCE), AUDIENCE)).toBe(EMAIL);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
