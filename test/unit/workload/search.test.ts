import { describe, expect, test } from 'vitest';
import { closeBytes } from '#core/register/entry.ts';
import { sealObject } from '#schemas/names.ts';
import { oldSeal } from '#test/support/seals.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** A request that replaces an id which is sealed nowhere must not make every read go over everything that was ever written (threat 58). */
const DAY = 86_400_000;
const NOWHERE = 'ab'.repeat(32);

const oldCloses = (s: Pipeline, from: number, to: number): void => {
  const bytes = closeBytes([{ id: 'cd'.repeat(32), code: 'REJECTED', reason: 'by a test' }]);
  for (let seq = from; seq < to; seq++)
    s.storage.put(s.buckets.register, sealObject('31337', s.wallet.address, BigInt(seq)), bytes);
};

const registerCalls = (s: Pipeline, kind: 'list' | 'read', since: number): number =>
  s.storage.calls.slice(since).filter((call) => call.startsWith(`${kind} ${s.buckets.register}/seals/`)).length;

const replacing = (target: string, reference: string, nonce = '0') => ({
  replaces: target,
  nonce,
  reference,
  maxFeePerGas: '60000000000',
  maxPriorityFeePerGas: '2000000000',
});

const asked = async (s: Pipeline, fields: Record<string, unknown>): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};

describe('threat 58: given a request that replaces what is sealed nowhere', () => {
  test('and a register of thousands of entries: a bounded search, once in a turn, and a close that says why', async () => {
    const s = stage({ limits: { maxOpenPerWallet: 20 }, operations: { idleSeconds: 3 } });
    oldCloses(s, 0, 2500);
    for (let n = 0; n < 260; n++) oldSeal(s, 2500 + n, n);
    s.clock.advance(3 * DAY);
    const id = await asked(s, replacing(NOWHERE, 'lost'));
    const before = s.storage.calls.length;
    await s.turn();
    // The first page holds more seals than can be open at once; a normal read ends on it as well. Each entry is read once.
    const lists = registerCalls(s, 'list', before);
    expect(registerCalls(s, 'read', before)).toBeLessThanOrEqual(202);
    expect(lists).toBeLessThanOrEqual(20);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'refused', code: 'REPLACES_UNKNOWN' });
  }, 30_000);

  test('then each of its reads after the first is as short as any other', async () => {
    const s = stage({ operations: { idleSeconds: 10 } });
    oldCloses(s, 0, 1500);
    for (let n = 0; n < 5; n++) oldSeal(s, 1500 + n, n);
    s.clock.advance(3 * DAY);
    await asked(s, replacing(NOWHERE, 'lost'));
    // A wallet that cannot pay keeps this one waiting, so the lane reads again and again.
    s.chain().funds = 0n;
    await asked(s, { reference: 'waits' });
    const before = s.storage.calls.length;
    await s.turn();
    const reads = s.storage.calls.slice(before).filter((call) => call.startsWith('create lab-register')).length;
    expect(reads).toBe(1);
    // Two pages are all there is: one read goes to the end.
    expect(registerCalls(s, 'list', before)).toBeLessThan(2 + 20);
    expect(registerCalls(s, 'read', before)).toBeLessThanOrEqual(1506);
  });
});

describe('given a request that replaces what is sealed', () => {
  test('below a page of closes and beyond any horizon: found, and sealed at its nonce', async () => {
    const s = stage({ limits: { maxOpenPerWallet: 20 } });
    const target = oldSeal(s, 0, 0);
    oldSeal(s, 1, 1);
    oldCloses(s, 2, 500);
    oldSeal(s, 500, 2);
    s.clock.advance(3 * DAY);
    const id = await s.submit(replacing(target, 'old-0'));
    expect(s.fact(id, 'submitted')).toMatchObject({ nonce: '0' });
  });

  test('by one that was sealed in this turn: found, though it was searched for before it was', async () => {
    const s = stage({ operations: { idleSeconds: 5 } });
    oldSeal(s, 0, 0);
    s.clock.advance(3 * DAY);
    const first = s.requestOf({ reference: 'first' });
    const early = await asked(s, replacing(s.idOf(first), 'early', '1'));
    let late = '';
    s.storage.before = {
      call: 'create',
      prefix: 'seals/',
      run: async () => {
        // The close of the one that came too early; then its target, and, once that is sealed, another that replaces it.
        await s.deliver(s.messageOf(first));
        await s.approve(s.idOf(first));
        s.storage.before = {
          call: 'create',
          prefix: 'requests/',
          run: async () => {
            late = await asked(s, replacing(s.idOf(first), 'first', '1'));
          },
        };
      },
    };
    await s.turn();
    await s.tick();
    expect(s.outcome(early)).toMatchObject({ code: 'REPLACES_UNKNOWN' });
    expect(s.fact(late, 'submitted')).toMatchObject({ nonce: '1' });
  });

  test('by the very same transaction, or one that pays no more: closed, since no node takes it', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'first' });
    const same = await asked(s, { replaces: first, nonce: '0', reference: 'same', memo: 'again' });
    await s.turn(2n);
    await s.tick();
    expect(s.outcome(same)).toMatchObject({ outcome: 'refused', code: 'REPLACES_UNDERPRICED' });
    expect(s.seals()).toHaveLength(2);
    const dearer = await s.submit(replacing(first, 'dearer'), 3n);
    expect(s.fact(dearer, 'submitted')).toMatchObject({ nonce: '0' });
  });
});
