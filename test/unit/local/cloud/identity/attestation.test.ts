import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { FileJournal } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import {
  ACCOUNT,
  DIGEST,
  instance,
  letAttest,
  OPERATOR_NUMBER,
  START_MS,
  setUp,
} from '#test/support/local/identity.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

const NONCE = 'f'.repeat(64);
const options = { audience: 'keyturn/v1/seal', tokenType: 'PKI', nonces: [NONCE] };
const currentDate = new Date(START_MS);

const verified = async (verifier: AttestationVerifier, token: string) => {
  const keys = createLocalJWKSet({ keys: verifier.jwks().keys.map((key) => ({ ...key })) });
  return (await jwtVerify(token, keys, { algorithms: ['RS256'], issuer: verifier.issuer, currentDate })).payload;
};

describe('a custom token is refused', () => {
  it.each([
    ['an unknown type', { tokenType: 'JWT' }, 'UNIMPLEMENTED', /token type JWT/],
    ['a type for AWS', { tokenType: 'AWS_PRINCIPALTAGS' }, 'UNIMPLEMENTED', /AWS_PRINCIPALTAGS/],
    ['no audience', { audience: '' }, 'INVALID_ARGUMENT', /audience/],
    ['an audience of 513 bytes', { audience: 'ä'.repeat(256).concat('x') }, 'INVALID_ARGUMENT', /512 bytes/],
    ['the audience of STS', { audience: 'https://sts.googleapis.com' }, 'INVALID_ARGUMENT', /not allowed/],
    ['no nonce', { nonces: [] }, 'INVALID_ARGUMENT', /1 to 6/],
    ['seven nonces', { nonces: Array(7).fill(NONCE) }, 'INVALID_ARGUMENT', /1 to 6/],
    ['a nonce of 9 bytes', { nonces: [NONCE, 'x'.repeat(9)] }, 'INVALID_ARGUMENT', /10 to 74/],
    ['a nonce of 75 bytes', { nonces: ['x'.repeat(75)] }, 'INVALID_ARGUMENT', /10 to 74/],
  ])('%s', (_, over, status, message) => {
    const { verifier } = setUp();
    expect(() => verifier.customToken(instance, { ...options, ...over })).toThrow(
      expect.objectContaining({ status, message: expect.stringMatching(message) }),
    );
  });

  it('to an account that may not attest', () => {
    const { verifier } = setUp();
    const other = { ...instance, serviceAccount: 'someone@keyturn-local.iam.gserviceaccount.com' };
    expect(() => verifier.defaultToken(other)).toThrow(
      expect.objectContaining({ status: 'PERMISSION_DENIED', message: expect.stringMatching(/challenges\.verify/) }),
    );
  });
});

describe('the default token', () => {
  it('carries the documented claims', async () => {
    const { verifier } = setUp();
    const payload = await verified(verifier, verifier.defaultToken(instance));
    const now = START_MS / 1000;
    expect(payload).toEqual({
      iss: 'https://confidentialcomputing.googleapis.com',
      aud: 'https://sts.googleapis.com',
      iat: now,
      nbf: now,
      exp: now + 3600,
      sub: 'https://www.googleapis.com/compute/v1/projects/keyturn-local/zones/europe-west1-b/instances/turn-main-1',
      eat_profile: 'https://cloud.google.com/confidential-computing/confidential-space/docs/reference/token-claims',
      secboot: true,
      oemid: 11129,
      hwmodel: 'GCP_AMD_SEV',
      swname: 'CONFIDENTIAL_SPACE',
      swversion: ['260900'],
      dbgstat: 'disabled-since-boot',
      google_service_accounts: [ACCOUNT],
      submods: {
        confidential_space: {
          support_attributes: ['LATEST', 'STABLE', 'USABLE'],
          monitoring_enabled: { memory: false },
        },
        container: {
          image_reference: instance.imageReference,
          image_digest: DIGEST,
          image_id: instance.imageId,
          restart_policy: 'Never',
          args: ['node', '/app/main.js'],
          env: { HOSTNAME: 'turn-main-1', NODE_ENV: 'production', KEYTURN_TURN: 'main/1' },
          env_override: { KEYTURN_TURN: 'main/1' },
        },
        gce: {
          zone: 'europe-west1-b',
          project_id: 'keyturn-local',
          project_number: OPERATOR_NUMBER,
          instance_name: 'turn-main-1',
          instance_id: '1234567890123456789',
        },
      },
    });
  });

  it('is the same bytes for the same world, so that a simulation replays', () => {
    expect(setUp().verifier.defaultToken(instance)).toBe(setUp().verifier.defaultToken(instance));
  });

  it('can be made to fail once', () => {
    const { world, verifier } = setUp();
    world.faults.add({ method: 'attestation.token', matching: 'turn-main-1', kind: 'before' });
    expect(() => verifier.defaultToken(instance)).toThrow(expect.objectContaining({ status: 'UNAVAILABLE' }));
    expect(verifier.defaultToken(instance)).toMatch(/^eyJ/);
  });
});

describe('a custom token', () => {
  it('has eat_nonce as a string for one nonce and as an array for several', async () => {
    const { verifier } = setUp();
    const make = async (nonces: string[]) =>
      (await verified(verifier, verifier.customToken(instance, { ...options, tokenType: 'OIDC', nonces }))).eat_nonce;
    expect(await make([NONCE])).toBe(NONCE);
    expect(await make([NONCE, 'x'.repeat(10)])).toEqual([NONCE, 'x'.repeat(10)]);
  });

  it('in PKI form verifies offline against the root alone', async () => {
    const { verifier } = setUp();
    const token = verifier.customToken(instance, options);
    const { x5c, alg } = decodeProtectedHeader(token);
    expect(alg).toBe('RS256');
    const [leaf, intermediate, root] = (x5c ?? []).map((der) => new X509Certificate(Buffer.from(der, 'base64')));
    const pinned = new X509Certificate(verifier.rootPem);
    if (leaf === undefined || intermediate === undefined || root === undefined)
      throw new Error('x5c is not a chain of three');
    expect(root.fingerprint256).toBe(pinned.fingerprint256);
    expect(intermediate.checkIssued(pinned) && intermediate.verify(pinned.publicKey) && intermediate.ca).toBe(true);
    expect(leaf.checkIssued(intermediate) && leaf.verify(intermediate.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(Date.parse(leaf.validTo)).toBeGreaterThan(START_MS);
    const { payload } = await jwtVerify(token, leaf.publicKey, { audience: 'keyturn/v1/seal', currentDate });
    expect(payload.eat_nonce).toBe(NONCE);
    // The OIDC keys do not vouch for PKI tokens.
    await expect(verified(verifier, token)).rejects.toThrow();
  });
});

it('root and keys outlive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-attestation-'));
  try {
    const start = async () => {
      const journal = new FileJournal(join(folder, 'journal'));
      const world = createWorld({ clock: new VirtualClock(START_MS), journal });
      letAttest(world);
      const verifier = await AttestationVerifier.create(world);
      journal.close();
      return verifier;
    };
    const [first, second] = [await start(), await start()];
    expect(second.rootPem).toBe(first.rootPem);
    expect(second.jwks()).toEqual(first.jwks());
    expect(second.customToken(instance, options)).toBe(first.customToken(instance, options));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
