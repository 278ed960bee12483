import { describe, expect, test } from 'vitest';
import { commitFact, readFact } from '#core/facts/store.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { badShareObject, outcomeObject, requestObject, sealFolder, submittedObject } from '#schemas/names.ts';
import { DESTINATION } from '#test/support/law.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const HOUR = 3_600_000;
const plain = (s: Pipeline, id: string, name: string): Record<string, unknown> => Object(s.fact(id, name));
const overwrite = (s: Pipeline, name: string, fact: unknown) =>
  s.storage.put(s.buckets.results, name, Buffer.from(JSON.stringify(fact)));
const alarmed = (s: Pipeline, event: string): boolean =>
  s.log.lines.some((line) => line.level === 'alarm' && line.event === event);

describe('threat 51: a stored request is what it hashes to, of the wallet in the law', () => {
  const forged = async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    overwrite(s, requestObject(id), { ...plain(s, id, 'request'), walletAddress: DESTINATION });
    return { s, id };
  };

  test('a request stored with another wallet address closes nothing', async () => {
    const { s, id } = await forged();
    await s.tick(HOUR);
    expect(s.outcome(id)).toBeUndefined();
    // Neither the log of that address nor the true one got a close.
    expect(s.storage.names(s.buckets.register)).toEqual([]);
    expect(alarmed(s, 'reconcile.mismatch')).toBe(true);
    expect(s.isOpen(id)).toBe(true);
  });

  test('nor does it end what a turn has sealed and sent', async () => {
    const s = stage();
    const id = await s.submit();
    s.storage.erase(s.buckets.results, submittedObject(id));
    overwrite(s, requestObject(id), { ...plain(s, id, 'request'), walletAddress: DESTINATION });
    await s.tick(21 * HOUR);
    expect(s.outcome(id)).toBeUndefined();
    expect(s.storage.names(s.buckets.register, sealFolder('31337', DESTINATION))).toEqual([]);
  });

  test('no turn seals it either', async () => {
    const { s } = await forged();
    await s.turn();
    expect(s.seals()).toEqual([]);
    expect(s.log.codes('alarm')).toContain('ID_MISMATCH');
  });

  test('a request stored under the id of another closes nothing: who rejected the one did not reject the other', async () => {
    const s = stage();
    const rejected = await s.ask();
    const other = await s.ask({ reference: 'other' });
    s.reject('alice', rejected);
    s.reject('bob', rejected);
    overwrite(s, requestObject(rejected), plain(s, other, 'request'));
    await s.tick();
    expect([s.outcome(rejected), s.outcome(other)]).toEqual([undefined, undefined]);
    expect(s.storage.names(s.buckets.register)).toEqual([]);
    expect(alarmed(s, 'reconcile.mismatch')).toBe(true);
  });

  test.each([
    ['rejected', 'of a request that is open', false],
    ['expired', 'of a request that is sealed', true],
    ['finalized', 'of a request that is not sealed', false],
  ] as const)(
    'threat 79: an outcome that is made up is not said again, and ends nothing: %s, %s',
    async (outcome, _, sealed) => {
      const s = stage();
      const id = sealed ? await s.submit() : await s.ask();
      const said = {
        id,
        wallet: 'hot',
        outcome,
        code: '',
        reason: '',
        transactionHash: '',
        blockNumber: '',
        receipt: '',
      };
      overwrite(s, outcomeObject(id), said);
      for (let n = 0; n < 3; n++) await s.tick(10 * 60_000);
      expect(s.announced('keyturn.request.outcome', id)).toEqual([]);
      expect(alarmed(s, 'reconcile.mismatch')).toBe(true);
      expect(s.isOpen(id)).toBe(true);
    },
  );

  test.each(['approved', 'outcome', 'withdrawn'] as const)(
    'threat 52: a fact in its folder that tells of another request, %s: nothing is announced or ended on its word',
    async (kind) => {
      const s = stage();
      const [id, other] = [await s.ask(), await s.ask({ reference: 'other' })];
      const said = {
        approved: { id: other, wallet: 'hot', coSigners: ['alice', 'bob'] },
        withdrawn: { id: other, wallet: 'hot', requester: 'dapp' },
        outcome: {
          ...{ id: other, wallet: 'hot', outcome: 'rejected', code: 'REJECTED', reason: 'by somebody' },
          ...{ transactionHash: '', blockNumber: '', receipt: '' },
        },
      };
      overwrite(s, `requests/${id}/${kind}.json`, said[kind]);
      const sent = s.publisher.sent.length;
      await s.tick();
      expect(alarmed(s, 'reconcile.mismatch')).toBe(true);
      expect([s.isOpen(id), s.isOpen(other), s.publisher.sent.length]).toEqual([true, true, sent]);
    },
  );

  test('the law says which wallet a fact refers to', async () => {
    const s = stage();
    const request = s.requestOf();
    const fact: RequestFact = {
      id: s.idOf(request),
      walletAddress: s.wallet.address,
      lawHash: s.config.lawHash,
      request,
    };
    expect(verifiedWalletOf(fact, s.config.law)).toBe(s.wallet);
    expect(verifiedWalletOf({ ...fact, walletAddress: DESTINATION }, s.config.law)).toBeUndefined();
    expect(verifiedWalletOf({ ...fact, id: 'a'.repeat(64) }, s.config.law)).toBeUndefined();
    expect(verifiedWalletOf({ ...fact, request: { ...request, value: '2' } }, s.config.law)).toBeUndefined();
    expect(verifiedWalletOf({ ...fact, request: { ...request, wallet: 'cold' } }, s.config.law)).toBeUndefined();
  });
});

describe('threat 53: a forged submitted.json settles nothing', () => {
  /** `winner` is mined at nonce 0; the bytes of `loser`, sealed at nonce 1, are still under way. */
  const two = async () => {
    const s = stage();
    const winner = await s.submit();
    const loser = await s.submit({ reference: 'invoice-2' }, 2n);
    const bytes = s.chain().pool.filter(({ nonce }) => nonce === 1);
    s.chain().pool = s.chain().pool.filter(({ nonce }) => nonce === 0);
    s.chain().mine();
    return { s, winner, loser, bytes };
  };
  type Two = Awaited<ReturnType<typeof two>>;

  test.each<[string, (of: Two) => Record<string, unknown>]>([
    ["another's nonce", () => ({ nonce: '0' })],
    ["another's nonce and seal", ({ s, winner }) => ({ nonce: '0', seal: plain(s, winner, 'submitted').seal })],
    ["another's hashes", ({ s, winner }) => ({ transactionHashes: plain(s, winner, 'submitted').transactionHashes })],
    ['nonce, hashes and seal of another', ({ s, winner, loser }) => ({ ...plain(s, winner, 'submitted'), id: loser })],
    ['another id', ({ winner }) => ({ id: winner })],
    ['a seal that is not there', ({ s }) => ({ seal: `${sealFolder('31337', s.wallet.address)}0` })],
    ['hashes of nobody', () => ({ transactionHashes: [`0x${'1'.repeat(64)}`] })],
    ['another sender', () => ({ from: DESTINATION })],
    ['another chain', () => ({ chainId: '31338' })],
  ])('that names %s: no outcome, alarmed, and the true one settles', async (_, over) => {
    const of = await two();
    const { s, loser, bytes } = of;
    const honest = plain(s, loser, 'submitted');
    overwrite(s, submittedObject(loser), { ...honest, ...over(of) });
    await s.tick();
    await s.finalize(loser);
    expect(s.outcome(loser)).toBeUndefined();
    expect(s.announced('keyturn.request.outcome', loser)).toEqual([]);
    expect(alarmed(s, 'settle.unsealed')).toBe(true);
    expect(s.isOpen(loser)).toBe(true);
    overwrite(s, submittedObject(loser), honest);
    s.chain().pool.push(...bytes);
    s.chain().mine();
    await s.finalize(loser);
    expect(s.outcome(loser)).toMatchObject({ outcome: 'finalized' });
  });

  test('a seal that somebody archived, with junk in its place, is still its seal', async () => {
    const s = stage();
    const id = await s.submit();
    const [seal = ''] = s.seals();
    s.storage.archive(s.buckets.register, seal);
    s.storage.put(s.buckets.register, seal, Buffer.from('junk'));
    s.chain().mine();
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });
});

describe('threat 54: what is stored for ever', () => {
  const fact = (s: Pipeline, id: string) => ({ id, wallet: s.wallet.name, coSigners: ['alice', 'bob'] });

  test('what its readers could not parse is not created', async () => {
    const s = stage();
    const id = 'a'.repeat(64);
    const name = outcomeObject(id);
    const bad = { ...fact(s, id), coSigners: [] };
    await expect(
      commitFact(s.storage, { kind: 'approved', bucket: s.buckets.results, name }, bad),
    ).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    expect(s.storage.names(s.buckets.results)).toEqual([]);
  });

  test('what was there and is gone is not taken for stored', async () => {
    const s = stage();
    const id = 'a'.repeat(64);
    const commit = () =>
      commitFact(s.storage, { kind: 'approved', bucket: s.buckets.results, name: 'name' }, fact(s, id));
    expect(await commit()).toMatchObject({ created: true });
    expect(await commit()).toMatchObject({ created: false, fact: fact(s, id) });
    s.storage.before = { call: 'read', prefix: 'name', run: () => s.storage.archive(s.buckets.results, 'name') };
    await expect(commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('bytes that could not be stored are not sent', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    const name = `${id}.json`;
    s.storage.put(s.buckets.signed, name, Buffer.from('{}'));
    // Erased between "it exists" and the reading of it; the facts of the request are read from another bucket.
    s.storage.before = { call: 'read', prefix: name, run: () => s.storage.archive(s.buckets.signed, name) };
    await s.turn();
    expect(await readFact(s.storage, { kind: 'signed', bucket: s.buckets.signed, name })).toBeDefined();
    const alarms = s.log.lines.filter(({ event }) => event === 'turn.fault').map(({ fields }) => fields.code);
    expect(alarms).toContain('UNAVAILABLE');
    expect(new Set(s.chain().sends).size).toBe(1);
  });
});

test('a bad share that was written down after the close is said before the mark goes', async () => {
  const s = stage();
  const id = await s.ask();
  await s.tick();
  s.clock.advance(HOUR);
  // A turn whose packets were held back writes it between the outcome and its announcement.
  const late = { id, wallet: 'hot', coSigner: 'alice', object: 'alice/shares/x', generation: '7', code: 'SHARE_WRONG' };
  s.storage.before = {
    call: 'create',
    prefix: `requests/${id}/outcome.json`,
    run: () => {
      overwrite(s, badShareObject(id, 'alice', '7'), late);
    },
  };
  await s.tick();
  expect(s.outcome(id)).toMatchObject({ outcome: 'expired' });
  expect(s.isOpen(id)).toBe(false);
  expect(s.announced('keyturn.request.share-bad', id)).toHaveLength(1);
});
