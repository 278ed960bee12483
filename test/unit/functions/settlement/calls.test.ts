import { describe, expect, test } from 'vitest';
import type { Storage } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const CALLS = [
  'send',
  'receipt',
  'transaction',
  'block',
  'count',
  'balance',
  'minedAt',
  'minedIn',
  'logs',
  'revertData',
] as const;

/** Counts every call that is made to the chain from now on. */
const counted = (s: Pipeline): string[] => {
  const made: string[] = [];
  const chain = s.chain();
  for (const name of CALLS) {
    const real = chain[name].bind(chain) as (...given: readonly unknown[]) => Promise<unknown>;
    Object.assign(chain, {
      [name]: (...given: readonly unknown[]) => {
        made.push(name);
        return real(...given);
      },
    });
  }
  return made;
};

const alarms = (s: Pipeline, from = 0) => s.log.lines.slice(from).filter(({ level }) => level === 'alarm');

/** A mined transaction that is not what was asked, as a node shows it. */
const altered = (s: Pipeline): void => {
  const honest = s.chain().receipt.bind(s.chain());
  s.chain().receipt = async (hash) => {
    const mined = await honest(hash);
    return mined === undefined ? undefined : { ...mined, transactionHash: `0x${'f'.repeat(64)}` };
  };
};

const QUICK = { kind: 'confirmations', count: 2 };

describe('one push about a submitted request, on a chain where finality is slow', () => {
  const SLOW = [{ kind: 'finalized' }, { kind: 'confirmations', count: 12 }];
  test.each(SLOW)('mined and not final: a dozen calls at most, and it returns at once: %o', async (finality) => {
    const s = stage({ finality });
    s.chain().depth = 12;
    const id = await s.submit();
    s.chain().mine();
    const calls = counted(s);
    const before = s.clock.now();
    await s.finalize(id);
    expect(s.outcome(id)).toBeUndefined();
    expect(calls.length).toBeLessThanOrEqual(12);
    expect(s.clock.now() - before).toBe(0);
  });

  test.each(SLOW)('not mined: one question, nothing read, nothing written, no waiting: %o', async (finality) => {
    const s = stage({ finality });
    const id = await s.submit();
    const calls = counted(s);
    const before = s.clock.now();
    const port: Storage = s.storage;
    const stored = new Proxy(port, {
      get: (_, call) => {
        throw new Error(`${String(call)} of Storage`);
      },
    });
    await s.finalize(id, { storage: stored });
    expect(calls).toEqual(['count']);
    expect(s.clock.now() - before).toBe(0);
    expect(s.log.lines.at(-1)).toMatchObject({ event: 'finalize.wait', fields: { code: 'NOT_MINED' } });
  });

  test('a message that lies of its nonce settles nothing, and keeps nothing from being settled', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    const told = JSON.parse(Buffer.from(s.submission(id)).toString()) as object;
    const lie = (nonce: string) => Buffer.from(JSON.stringify({ ...told, nonce }));
    await s.finalize(id, {}, lie('7'));
    expect(s.outcome(id)).toBeUndefined();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });

  test('final already: one look settles it', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    const calls = counted(s);
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(calls.length).toBeLessThanOrEqual(12);
  });
});

describe.each([
  ['slow', { kind: 'finalized' }, ['count']],
  ['quick', QUICK, []],
] as const)('one push raises one alarm, %s', (_, finality, asked) => {
  test('about a receipt that is not what was asked', async () => {
    const s = stage({ finality });
    const id = await s.submit();
    s.chain().mine();
    altered(s);
    const from = s.log.lines.length;
    await s.finalize(id);
    expect(s.outcome(id)).toBeUndefined();
    expect(alarms(s, from)).toEqual([
      { level: 'alarm', event: 'settle.mismatch', fields: expect.objectContaining({ id, code: 'MINED_MISMATCH' }) },
    ]);
  });

  test('about a submitted.json that the register does not know, and asks no node about it', async () => {
    const s = stage({ finality });
    const id = await s.submit();
    s.chain().mine();
    const name = `requests/${id}/submitted.json`;
    const fact = s.storage.json(s.buckets.results, name) as object;
    s.storage.erase(s.buckets.results, name);
    s.storage.put(s.buckets.results, name, Buffer.from(JSON.stringify({ ...fact, nonce: '5' })));
    const calls = counted(s);
    const from = s.log.lines.length;
    await s.finalize(id);
    expect(alarms(s, from).map(({ event }) => event)).toEqual(['settle.unsealed']);
    expect(s.log.lines.at(-1)).toMatchObject({ event: 'finalize.wait', fields: { code: 'ID_MISMATCH' } });
    expect(calls).toEqual(asked);
  });

  test('about a foreign transaction', async () => {
    const s = stage({ finality });
    const id = await s.submit();
    s.chain().pool = [];
    await s.chain().send(s.foreign(0));
    for (let n = 0; n < 3; n++) s.chain().mine();
    const from = s.log.lines.length;
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded' });
    expect(alarms(s, from).map(({ event }) => event)).toEqual(['settle.foreign']);
  });
});

describe('a chain whose law asks for few confirmations', () => {
  test.each([
    ['every 300 ms', 300],
    ['every second', 1000],
    ['every two seconds', 2000],
  ])('is seen final within a second, with a block %s', async (_, interval) => {
    const s = stage({ finality: QUICK });
    const id = await s.submit();
    let finalAt = 0;
    void (async () => {
      for (let n = 0; n < 3; n++) {
        await s.clock.sleep(interval);
        s.chain().mine();
      }
      finalAt = s.clock.now();
    })();
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(s.clock.now() - finalAt).toBeLessThanOrEqual(1000);
  });

  test('is not waited for longer than a call may take', async () => {
    const s = stage({ finality: QUICK });
    const id = await s.submit();
    const before = s.clock.now();
    await s.finalize(id);
    expect(s.outcome(id)).toBeUndefined();
    expect(s.clock.now() - before).toBeLessThanOrEqual(8000);
  });

  test('mined and never final: of the rungs nobody is asked again', async () => {
    const s = stage({ finality: QUICK });
    const id = await s.submit();
    s.chain().mine();
    const calls = counted(s);
    await s.finalize(id);
    expect(calls.filter((call) => call === 'receipt')).toHaveLength(2);
    expect(calls.length).toBeLessThanOrEqual(30);
  });
});

describe('the requests of one seal, settled at once', () => {
  const registerReads = (s: Pipeline): number =>
    s.storage.calls.filter((call) => call.startsWith(`read ${s.buckets.register}/`)).length;

  test('read it once', async () => {
    const s = stage();
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await s.ask({ reference: `one-seal-${n}` }));
    for (const id of ids) await s.approve(id);
    await s.turn();
    s.chain().mine();
    s.storage.calls.length = 0;
    await s.tick();
    expect(ids.map((id) => s.outcome(id))).toEqual(ids.map(() => expect.objectContaining({ outcome: 'finalized' })));
    expect(registerReads(s)).toBe(1);
  });

  test('a read that fails fails nobody for ever', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    s.storage.fault = (call, bucket) =>
      call === 'read' && bucket === s.buckets.register ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    s.storage.fault = () => undefined;
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });
});
