import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { OWNER } from '#local/lab/people.ts';
import { PAUSED_OBJECT, shareAad, signedObject } from '#schemas/names.ts';
import { boot } from '../e2e/support/boot.ts';
import { googleKms, googleStorage } from '../e2e/support/clients.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { entrySchema } from '../e2e/support/proof.ts';
import { payee } from '../e2e/support/requests.ts';
import { changed } from '../terraform/tokens.ts';
import { type Minting, signed, takeOverMinting } from './support/minting.ts';

/** Tokens of one machine in other hands: at STS by the operator, in another machine, for another seal, or when their time is over. */
let test: TestLab;
let minting: Minting;
/** Tokens that machines asked for themselves, by audience. */
const asked = new Map<string, string[]>();
let paid = '';
let open = '';

beforeAll(async () => {
  test = await startTestLab();
  minting = takeOverMinting(test);
  const { verifier } = test.lab.servers;
  const real = verifier.customToken.bind(verifier);
  vi.spyOn(verifier, 'customToken').mockImplementation((instance, options) => {
    const token = real(instance, options);
    asked.set(options.audience, [...(asked.get(options.audience) ?? []), token]);
    return token;
  });
  paid = await test.ask({ to: payee(800) });
  for (const who of ['alice', 'bob']) await test.approve(who, paid);
  expect(await test.outcome(paid)).toMatchObject({ outcome: 'finalized' });
  await test.line('turn.end', { source: first });
  // Approved by two, so that its shares lie there. No machine signs it: the deployment is paused.
  await test.until('no machine', () => test.lab.servers.launcher.workloads.size === 0);
  pause();
  open = await test.ask({ to: payee(801) });
  for (const who of ['alice', 'bob']) await test.approve(who, open);
}, 120_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await test.close();
}, 30_000);

const pause = () => test.lab.servers.store.insert(OWNER, 'lab-work', PAUSED_OBJECT, Buffer.from('{}'));
const resume = () => test.lab.servers.store.delete(OWNER, 'lab-work', PAUSED_OBJECT);
const first = 'turn-treasury-1';

const answerSchema = z.object({ access_token: z.string().optional(), error_description: z.string().optional() });

/** As anybody may who has the token: STS asks for nothing else. */
const exchanged = async (token: string, who: string) => {
  const { law } = test.lab.config;
  const audience = law.coSigners.find(({ name }) => name === who)?.identityProvider ?? law.operator.identityProvider;
  const answer = await fetch(`${test.lab.servers.endpoints.sts}/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      ...{ audience, scope: 'https://www.googleapis.com/auth/cloud-platform' },
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      ...{ subject_token: token, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
    }),
  });
  return answerSchema.parse(await answer.json());
};
const accessOf = async (token: string, who: string) => (await exchanged(token, who)).access_token ?? '';

const status = (error: unknown): string => `${z.object({ code: z.unknown() }).parse(error).code}`;
const answered = (call: Promise<unknown>): Promise<string> => call.then(() => 'yes', status);

/** Whether this access token opens the share of the open request under a co-signer's release key. */
const decrypts = async (access: string, coSigner: string): Promise<string> => {
  const name = test.lab.config.law.coSigners.find((one) => one.name === coSigner)?.releaseKey ?? '';
  const kms = googleKms(test.lab, access);
  try {
    const ciphertext = test.read('keys', `${coSigner}/shares/${open}`) ?? Buffer.alloc(0);
    const additionalAuthenticatedData = Buffer.from(shareAad(open, coSigner));
    return await answered(kms.decrypt({ name, ciphertext, additionalAuthenticatedData }));
  } finally {
    await kms.close();
  }
};
const reads = (access: string, bucket: string, name: string) =>
  answered(googleStorage(test.lab, access).bucket(bucket).file(name).download());

const POOLS = ['operator', 'alice', 'bob'];
const seals = () => test.list('register', 'seals/').map((name) => entrySchema.parse(test.json('register', name)));
const HOUR_MS = 3_600_000;

describe('threat 88: a token that a machine shows to others', () => {
  it('the evidence, which every reader of the register has, opens nothing at any pool', async () => {
    const [seal] = seals();
    for (const who of POOLS)
      expect(await exchanged(seal?.evidence ?? '', who)).toEqual({
        error_description: expect.stringContaining('signed by an unknown key'),
      });
  });

  it('nor does the token that told the time, of the kind that STS takes', async () => {
    const [token = ''] = asked.get('keyturn/v1/time') ?? [];
    for (const who of POOLS)
      expect(await exchanged(token, who)).toEqual({
        error_description: expect.stringContaining('The audience in ID Token [keyturn/v1/time] does not match'),
      });
  });

  it('no machine can have a token for STS made on demand, to hand it on', () => {
    const { verifier } = test.lab.servers;
    const instance = Object.assign({}, ...vi.mocked(verifier.defaultToken).mock.calls.map(([given]) => given));
    for (const audience of ['https://sts.googleapis.com', 'https://sts.googleapis.com/', 'https://sts.google.com'])
      expect(() => verifier.customToken(instance, { audience, tokenType: 'OIDC', nonces: ['n'.repeat(10)] })).toThrow(
        'not allowed for custom tokens',
      );
  });
});

describe('threat 88: a token for STS of another machine', () => {
  it('of another image has an identity, and opens neither share nor key nor register', async () => {
    const [token = ''] = minting.tokensOf(first);
    const other = signed(minting.service, {
      ...changed(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), {
        ...{ what: '', path: 'submods.container.image_digest', value: `sha256:${'ef'.repeat(32)}` },
      }),
    });
    for (const who of POOLS) {
      const access = await accessOf(other, who);
      expect(access).not.toBe('');
      expect([await decrypts(access, 'alice'), await decrypts(access, 'bob')]).toEqual(['7', '7']);
      expect([
        await reads(access, 'lab-keys', `alice/shares/${open}`),
        await reads(access, 'lab-signed', signedObject(paid)),
        await reads(access, 'lab-work', 'operations.json'),
      ]).toEqual(['403', '403', '403']);
    }
  });

  it('of the image, exchanged at one pool, opens nothing of another', async () => {
    const [token = ''] = minting.tokensOf(first);
    const [operator, alice, bob] = await Promise.all(POOLS.map((who) => accessOf(token, who)));
    expect([await decrypts(operator ?? '', 'alice'), await decrypts(operator ?? '', 'bob')]).toEqual(['7', '7']);
    expect([await decrypts(alice ?? '', 'bob'), await decrypts(bob ?? '', 'alice')]).toEqual(['7', '7']);
    expect(await reads(alice ?? '', 'lab-keys', `bob/shares/${open}`)).toBe('403');
    expect(await reads(alice ?? '', 'lab-signed', signedObject(paid))).toBe('403');
  });

  it('is not stopped within its hour: it is a bearer token, and a thief of it is the machine', async () => {
    const [token = ''] = minting.tokensOf(first);
    expect(await decrypts(await accessOf(token, 'alice'), 'alice')).toBe('yes');
  });

  it('is worth nothing after that hour, neither itself nor what it was exchanged for', async () => {
    const [token = ''] = minting.tokensOf(first);
    const access = await accessOf(token, 'alice');
    const now = test.lab.world.clock.now();
    const clock = vi.spyOn(test.lab.world.clock, 'now').mockImplementation(() => now + HOUR_MS + 1000);
    try {
      for (const who of POOLS)
        expect(await exchanged(token, who)).toEqual({
          error_description: expect.stringContaining('is stale to sign-in'),
        });
      expect(await decrypts(access, 'alice')).toBe('16');
      expect(await reads(access, 'lab-keys', `alice/shares/${open}`)).toBe('401');
    } finally {
      clock.mockRestore();
    }
  });
});

describe('threat 84: the launcher of the built machine answers with a token of before', () => {
  /** To every question for this audience: the first answer that any machine ever got. */
  const replay = (audience: string): (() => void) => {
    const [old = ''] = asked.get(audience) ?? [];
    const { verifier } = test.lab.servers;
    const before = vi.mocked(verifier.customToken).getMockImplementation();
    vi.mocked(verifier.customToken).mockImplementation((instance, options) =>
      options.audience === audience ? old : (before?.(instance, options) ?? ''),
    );
    return () => void vi.mocked(verifier.customToken).mockImplementation(before ?? (() => ''));
  };
  const REASON = 'attestation: token: the answer is the token of another question';

  it('for the time: the machine ends before it asks STS for anything', async () => {
    const end = replay('keyturn/v1/time');
    const name = boot(test, 900n);
    const { fields } = await test.line('turn.fault', { source: name });
    end();
    expect(fields).toMatchObject({ code: 'UNAVAILABLE', alarm: true, reason: REASON });
    expect(minting.answersTo(name)).toEqual([]);
  });

  it('for a seal: nothing is sealed with the evidence of another, and the next machine seals it', async () => {
    const end = replay('keyturn/v1/seal');
    resume();
    const source = boot(test, 901n);
    const { fields } = await test.line('turn.fault', { source, reason: REASON });
    expect(fields).toMatchObject({ code: 'UNAVAILABLE', alarm: true });
    expect(seals()).toHaveLength(1);
    expect(test.read('signed', signedObject(open))).toBeUndefined();
    end();
    boot(test, 902n);
    expect(await test.outcome(open)).toMatchObject({ outcome: 'finalized' });
    expect(seals()).toHaveLength(2);
  });
});
