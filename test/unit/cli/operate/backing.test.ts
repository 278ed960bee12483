import { describe, expect, test } from 'vitest';
import type { Session } from '#cli/app/session.ts';
import { run as pending } from '#cli/commands/pending.ts';
import { run as receipts } from '#cli/commands/receipts.ts';
import { run as show } from '#cli/commands/show.ts';
import { run as status } from '#cli/commands/status.ts';
import { run as why } from '#cli/commands/why.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { approvedObject, openObject, outcomeObject, sealObject, submittedObject } from '#schemas/names.ts';
import { readerOf } from '#test/support/cli/reader.ts';
import { bytesOf, closeJson } from '#test/support/entries.ts';
import { denying } from '#test/support/memory-storage.ts';
import { oldSeal } from '#test/support/seals.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const HASH = `0x${'7'.repeat(64)}`;

/** A reader's command over the whole pipeline in memory: what it says as JSON. */
const read = async (s: Pipeline, run: (session: Session) => Promise<number>) => {
  const reader = readerOf(s, { me: 'finance', json: true });
  expect(await run(reader.session)).toBe(0);
  return reader.json();
};
/** What each reader of one request says of its outcome; they must agree. */
const backingOf = async (s: Pipeline, id: string): Promise<{ kind: string; because: string }> => {
  const answers = [
    await read(s, (session) => status(session, id)),
    await read(s, (session) => show(session, id)),
    await read(s, (session) => why(session, id)),
  ] as { backing: { kind: string; because: string } }[];
  const [first] = answers;
  if (first === undefined) throw new Error('no answer');
  for (const { backing } of answers) expect(backing).toEqual(first.backing);
  return first.backing;
};
const receiptsOf = async (s: Pipeline) => {
  const answer = await read(s, (session) => receipts(session, { since: '2026-12-01' }));
  return (answer as { receipts: { id: string; backing: { kind: string; because: string } }[] }).receipts;
};

const lie = (s: Pipeline, id: string, over: Record<string, string>): void => {
  const plain = { code: '', reason: 'a lie', transactionHash: '', blockNumber: '', receipt: '' };
  s.storage.put(s.buckets.results, outcomeObject(id), { id, wallet: 'hot', ...plain, ...over });
};
const lieExpired = (s: Pipeline, id: string): void => lie(s, id, { outcome: 'expired', code: 'NOT_APPROVED_IN_TIME' });
const liePaid = (s: Pipeline, id: string): void =>
  lie(s, id, { outcome: 'finalized', transactionHash: HASH, blockNumber: '1' });

const settled = async () => {
  const s = stage();
  const id = await s.submit();
  s.chain().mine();
  await s.finalize(id);
  return { s, id };
};

describe('what is true', () => {
  test('a settled payment is backed by the chain, and so is its receipt', async () => {
    const { s, id } = await settled();
    expect(await backingOf(s, id)).toEqual({ kind: 'chain', because: '' });
    expect((await receiptsOf(s)).map(({ backing }) => backing)).toEqual([{ kind: 'chain', because: '' }]);
  });

  test('a rejected request is backed by its close', async () => {
    const s = stage();
    const id = await s.ask();
    for (const name of ['alice', 'bob', 'holder-3']) s.reject(name, id);
    for (let n = 0; n < 3; n++) await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected' });
    expect(await backingOf(s, id)).toEqual({ kind: 'close', because: '' });
  });

  test.each([
    ['nothing', undefined],
    ['junk', new Uint8Array(3)],
    ['junk that is too large to read', new Uint8Array(1024 * 1024 + 1)],
    ['a close', bytesOf(closeJson(['d'.repeat(64)]))],
  ])('a seal that was archived backs both as before, with %s in its place', async (_, bytes) => {
    const { s, id } = await settled();
    const [seal = ''] = s.seals();
    s.storage.archive(s.buckets.register, seal);
    if (bytes !== undefined) s.storage.put(s.buckets.register, seal, bytes);
    expect(await backingOf(s, id)).toEqual({ kind: 'chain', because: '' });
    expect((await receiptsOf(s)).map(({ backing }) => backing)).toEqual([{ kind: 'chain', because: '' }]);
  });

  test('also with another seal in its place', async () => {
    const { s, id } = await settled();
    const [seal = ''] = s.seals();
    s.storage.archive(s.buckets.register, seal);
    oldSeal(s, 0, 9);
    expect(s.seals()).toEqual([seal]);
    expect(await backingOf(s, id)).toEqual({ kind: 'chain', because: '' });
  });

  test('where the chain does not answer, a seal alone backs it', async () => {
    const { s, id } = await settled();
    s.chain().fault = () => new KeyturnError('CHAIN_UNREACHABLE', 'no answer');
    const backing = { kind: 'seal', because: 'the chain could not be read (CHAIN_UNREACHABLE)' };
    expect(await backingOf(s, id)).toEqual(backing);
    expect((await receiptsOf(s))[0]?.backing).toEqual(backing);
  });

  test('who may not read the register is told so', async () => {
    const { s, id } = await settled();
    s.storage.fault = denying(s.buckets.register);
    const backing = { kind: 'unverified', because: 'you may not read the register' };
    expect(await backingOf(s, id)).toEqual(backing);
    expect((await receiptsOf(s))[0]?.backing).toEqual(backing);
  });
});

describe('threat 79: what a function made up is shown as unverified', () => {
  test('a payment that was never approved', async () => {
    const s = stage();
    const id = await s.ask();
    liePaid(s, id);
    expect(await backingOf(s, id)).toEqual({ kind: 'unverified', because: 'the register shows no seal of it' });
  });

  test('an approval and a submission too, which name no seal', async () => {
    const s = stage();
    const id = await s.ask();
    s.storage.put(s.buckets.results, approvedObject(id), { id, wallet: 'hot', coSigners: ['alice', 'bob'] });
    s.storage.put(s.buckets.results, submittedObject(id), {
      ...{ id, wallet: 'hot', chainId: '31337', from: s.wallet.address, nonce: '0', transactionHashes: [HASH] },
      ...{ approvedBy: ['alice', 'bob'], seal: sealObject('31337', s.wallet.address, 0n) },
    });
    liePaid(s, id);
    expect(await backingOf(s, id)).toMatchObject({ kind: 'unverified' });
  });

  test('an end of a request that nothing closed', async () => {
    const s = stage();
    const id = await s.ask();
    lieExpired(s, id);
    expect(await backingOf(s, id)).toEqual({
      kind: 'unverified',
      because: 'the register shows no close of it that counts',
    });
  });

  test('an end of a request that is sealed, also with a made-up close', async () => {
    const s = stage();
    const id = await s.submit();
    lieExpired(s, id);
    const backing = { kind: 'unverified', because: 'the register seals it, so it can still be mined' };
    expect(await backingOf(s, id)).toEqual(backing);
    s.storage.put(s.buckets.register, sealObject('31337', s.wallet.address, 1n), bytesOf(closeJson([id])));
    expect(await backingOf(s, id)).toEqual(backing);
  });

  test('an end before the block is final, and another transaction than the sealed one', async () => {
    const s = stage();
    const id = await s.submit();
    const [hash = ''] = (s.fact(id, 'submitted') as { transactionHashes: string[] }).transactionHashes;
    lie(s, id, { outcome: 'finalized', transactionHash: hash, blockNumber: '1' });
    expect(await backingOf(s, id)).toMatchObject({ because: 'the chain shows no such transaction in a final block' });
    liePaid(s, id);
    expect(await backingOf(s, id)).toMatchObject({ because: 'the register seals another transaction of it' });
  });

  test('a payment called reverted, replaced or superseded', async () => {
    const { s, id } = await settled();
    const { transactionHash, blockNumber } = s.outcome(id) as { transactionHash: string; blockNumber: string };
    for (const [outcome, because] of [
      ['reverted', 'the chain tells another end of its transaction'],
      ['replaced', 'the register shows no other request with its nonce'],
      ['superseded', 'the register seals that transaction'],
    ] as const) {
      lie(s, id, { outcome, transactionHash, blockNumber });
      expect(await backingOf(s, id)).toEqual({ kind: 'unverified', because });
    }
  });

  test.each([
    ['valueWei', '1'],
    ['memo', 'other'],
    ['blockNumber', '9'],
    ['feeWei', '1'],
    ['rule', 'other'],
    ['reference', 'other'],
  ])('a receipt with another %s', async (field, value) => {
    const { s } = await settled();
    const [name = ''] = s.storage.names(s.buckets.results, 'receipts/');
    const receipt = s.storage.json(s.buckets.results, name) as Record<string, unknown>;
    s.storage.put(s.buckets.results, name, bytesOf({ ...receipt, [field]: value }));
    const [told] = await receiptsOf(s);
    expect(told?.backing.kind).toBe('unverified');
    expect(told?.backing.because).toContain(field);
  });

  test('a receipt of a request that was never sealed', async () => {
    const { s } = await settled();
    const [name = ''] = s.storage.names(s.buckets.results, 'receipts/');
    const receipt = s.storage.json(s.buckets.results, name) as Record<string, unknown>;
    const other = 'c'.repeat(64);
    s.storage.put(s.buckets.results, `receipts/2027/01/01/${other}.json`, bytesOf({ ...receipt, id: other }));
    const backings = new Map((await receiptsOf(s)).map(({ id, backing }) => [id, backing.kind]));
    expect(backings.get(other)).toBe('unverified');
    expect([...backings.values()].sort()).toEqual(['chain', 'unverified']);
  });

  test('in pending, from which no made-up outcome takes a request, also after reconcile', async () => {
    const s = stage();
    const [expired, paid, open] = [await s.ask(), await s.ask({ reference: 'b' }), await s.ask({ reference: 'c' })];
    lieExpired(s, expired);
    liePaid(s, paid);
    for (let n = 0; n < 3; n++) await s.tick(10 * 60_000);
    const { requests } = (await read(s, (session) => pending(session, {}))) as {
      requests: { id: string; outcome: { outcome: string } | null; backing: { kind: string } | null }[];
    };
    const told = requests.map(({ id, outcome, backing }) => [id, outcome?.outcome, backing?.kind]);
    expect(told.sort()).toEqual(
      [
        [expired, 'expired', 'unverified'],
        [paid, 'finalized', 'unverified'],
        [open, undefined, undefined],
      ].sort(),
    );
  });

  test('and what is closed, or paid in a final block, is no longer pending', async () => {
    const { s, id } = await settled();
    const rejected = await s.ask({ reference: 'b' });
    for (const name of ['alice', 'bob', 'holder-3']) s.reject(name, rejected);
    for (let n = 0; n < 3; n++) await s.tick();
    for (const one of [id, rejected]) {
      expect(s.outcome(one)).toBeDefined();
      // A mark that a function left behind.
      s.storage.put(s.buckets.work, openObject('hot', one), new Uint8Array(), { metadata: { stage: 'decided' } });
    }
    expect(await read(s, (session) => pending(session, {}))).toMatchObject({ requests: [] });
  });
});
