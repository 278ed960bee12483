import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { approvedObject, openObject, sealObject, signedObject, stoppedObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const asked = async (s: Pipeline, reference: string): Promise<string> => {
  const id = await s.ask({ reference });
  await s.approve(id);
  return id;
};
const isSubmitted = (s: Pipeline, id: string): boolean => s.fact(id, 'submitted') !== undefined;
const readsOf = (s: Pipeline, words: string): string[] =>
  s.storage.calls.filter((call) => call.startsWith('read ') && call.includes(words));

describe('given a seal that the turn itself created', () => {
  test('then it is listed, not read, and the next one names it by the hash of its bytes', async () => {
    const s = stage();
    const ids: string[] = [];
    for (let n = 0; n < 21; n++) ids.push(await asked(s, `r${n}`));
    await s.turn();
    expect(ids.filter((id) => isSubmitted(s, id))).toHaveLength(21);
    expect(readsOf(s, `${s.buckets.register}/`)).toEqual([]);
    const first = await s.storage.read(s.buckets.register, sealObject('31337', s.wallet.address, 0n));
    const second = s.storage.json(s.buckets.register, sealObject('31337', s.wallet.address, 1n));
    expect(second).toMatchObject({
      previous: createHash('sha256')
        .update(first?.bytes ?? '')
        .digest('hex'),
    });
  });

  test('then nothing comes out where no listing shows it', async () => {
    const s = stage();
    const id = await asked(s, 'r0');
    const list = s.storage.list.bind(s.storage);
    s.storage.list = async (bucket, prefix, options) => {
      const page = await list(bucket, prefix, options);
      return bucket === s.buckets.register ? { ...page, objects: [] } : page;
    };
    await s.turn();
    expect(s.seals()).toHaveLength(1);
    expect([isSubmitted(s, id), s.chain().sends, s.log.codes('alarm')]).toEqual([false, [], ['TAMPERED']]);
  });

  test('then another generation of its name is read: nothing comes out over a close there', async () => {
    const s = stage();
    const id = await asked(s, 'r0');
    const name = sealObject('31337', s.wallet.address, 0n);
    const create = s.storage.createOnce.bind(s.storage);
    s.storage.createOnce = async (bucket, object, bytes, metadata) => {
      const made = await create(bucket, object, bytes, metadata);
      if (object !== name) return made;
      s.storage.archive(bucket, name);
      const close = { version: 1, kind: 'close', items: [{ id, code: 'REJECTED', reason: 'by the test' }] };
      s.storage.put(bucket, name, Buffer.from(JSON.stringify(close)));
      return made;
    };
    await s.turn();
    expect([isSubmitted(s, id), s.chain().sends, new Set(s.log.codes('alarm'))]).toEqual([
      false,
      [],
      new Set(['TAMPERED']),
    ]);
  });
});

describe('approved.json', () => {
  test('is not read by a turn: it counts the shares itself', async () => {
    const s = stage();
    const id = await asked(s, 'r0');
    s.storage.put(s.buckets.results, approvedObject(id), Buffer.from('junk'));
    await s.turn();
    expect([isSubmitted(s, id), readsOf(s, 'approved.json')]).toEqual([true, []]);
  });

  test('must be there: a mark alone approves nothing', async () => {
    const s = stage();
    const id = await asked(s, 'r0');
    s.storage.erase(s.buckets.results, approvedObject(id));
    await s.turn();
    expect(s.storage.names(s.buckets.work, openObject('hot', id))).toHaveLength(1);
    expect([s.seals(), isSubmitted(s, id)]).toEqual([[], false]);
  });
});

test('a stop that comes while something is completed holds up what would be sealed after it', async () => {
  const s = stage();
  const sealed = await asked(s, 'r0');
  s.storage.fault = (call, bucket) =>
    call === 'create' && bucket === s.buckets.signed ? new Error('gone') : undefined;
  await s.turn(1n);
  s.storage.fault = () => undefined;
  const next = await asked(s, 'r1');
  s.storage.before = {
    call: 'create',
    prefix: signedObject(sealed),
    run: () =>
      void s.storage.put(s.buckets.work, stoppedObject('hot', '31337', 0n, `0x${'a'.repeat(64)}`), Buffer.from('')),
  };
  await s.turn(2n);
  expect([isSubmitted(s, sealed), isSubmitted(s, next)]).toEqual([true, false]);
  expect(s.log.codes('alarm')).toContain('WALLET_STOPPED');
});
