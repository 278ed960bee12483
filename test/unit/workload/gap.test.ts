import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { turnTriedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** A seal whose bytes cannot come out: nothing above its nonce can be mined before it is replaced (threats 10 and 33). */
const DIE = new Error('the machine is gone');
const HOUR = 3_600_000;
const asked = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};
const askedOthers = async (s: Pipeline, fields: Record<string, unknown>): Promise<string> => {
  const id = await s.ask(fields);
  await s.upload('bob', id);
  await s.upload('holder-3', id);
  return id;
};
const nonceOf = (s: Pipeline, id: string): unknown => Reflect.get(Object(s.fact(id, 'submitted')), 'nonce');
const gapsTold = (s: Pipeline) =>
  s.log.lines.filter(({ event }) => event === 'turn.gap').map(({ fields }) => fields.id);
const replacing = (id: string, nonce = '0') => ({
  replaces: id,
  nonce,
  reference: `instead-of-${id.slice(0, 8)}`,
  maxFeePerGas: '60000000000',
  maxPriorityFeePerGas: '2000000000',
});

/** Sealed at nonce 0; then the machine died, and the share that would make the bytes again cannot be opened any more. */
const sealedWithoutBytes = async (fields: Record<string, unknown> = {}) => {
  const s = stage({ operations: { idleSeconds: 3 } });
  const stuck = await asked(s, { reference: 'stuck', ...fields });
  s.storage.fault = (call, bucket) => (call === 'create' && bucket === s.buckets.signed ? DIE : undefined);
  await s.turn(1n);
  s.storage.fault = () => undefined;
  s.keys.down.add('alice');
  expect(s.seals()).toHaveLength(1);
  return { s, stuck };
};

describe('given a seal whose bytes cannot come out', () => {
  test('threat 10: then nothing is sealed above it, and somebody is told at once, once a turn', async () => {
    const { s, stuck } = await sealedWithoutBytes();
    const next = await askedOthers(s, { reference: 'next' });
    await s.turn(2n);
    expect([s.seals().length, nonceOf(s, next), s.chain().sends]).toEqual([1, undefined, []]);
    expect(gapsTold(s)).toEqual([stuck]);
    expect(s.log.lines).toContainEqual({
      level: 'info',
      event: 'turn.wait',
      fields: { id: next, code: 'GAP_BELOW' },
    });
  });

  test('then the other chain goes on', async () => {
    const { s } = await sealedWithoutBytes();
    const next = await askedOthers(s, { reference: 'next', chainId: '31338' });
    await s.turn(2n);
    expect([s.seals('31338').length, nonceOf(s, next)]).toEqual([1, '0']);
  });

  test('its replacement is sealed, and then what waited above it', async () => {
    const { s, stuck } = await sealedWithoutBytes();
    const next = await askedOthers(s, { reference: 'next' });
    await s.turn(2n);
    const cure = await askedOthers(s, replacing(stuck));
    await s.turn(3n);
    await s.turn(4n);
    expect([nonceOf(s, cure), nonceOf(s, next)]).toEqual(['0', '1']);
    s.chain().mine();
    expect(s.chain().blocks.at(-1)?.mined).toHaveLength(2);
  });

  test('its share can be opened again: completed, and what waited above it is sealed in the same turn', async () => {
    const { s, stuck } = await sealedWithoutBytes();
    const next = await askedOthers(s, { reference: 'next' });
    await s.turn(2n);
    s.keys.down.clear();
    await s.turn(3n);
    expect([nonceOf(s, stuck), nonceOf(s, next), new Set(s.chain().sends).size]).toEqual(['0', '1', 2]);
  });

  test('sealed too late to be released: the same', async () => {
    const s = stage();
    const late = await asked(s, { validUntil: timeText(s.clock.now() + HOUR) });
    s.storage.before = { call: 'create', prefix: 'seals/', run: () => s.clock.advance(HOUR + 121_000) };
    await s.turn(1n);
    const next = await asked(s, { reference: 'next' });
    await s.turn(2n);
    expect([s.seals().length, nonceOf(s, next)]).toEqual([1, undefined]);
    expect(gapsTold(s)).toEqual([late]);
  });

  test('the chain has used up its nonce: no gap', async () => {
    const { s } = await sealedWithoutBytes();
    await s.chain().send(s.foreign(0));
    s.chain().mine();
    const next = await askedOthers(s, { reference: 'next' });
    await s.turn(2n);
    expect([nonceOf(s, next), gapsTold(s)]).toEqual(['1', []]);
  });

  test('its bytes are stored, though no turn may send them now: no gap', async () => {
    const s = stage();
    const id = await asked(s, { reference: 'first' });
    s.storage.fault = (call, _, name) => (call === 'create' && name.endsWith('submitted.json') ? DIE : undefined);
    await s.turn(1n);
    s.clock.advance(4 * HOUR);
    const next = await asked(s, { reference: 'next' });
    s.storage.fault = (call, _, name) =>
      call === 'create' && name.includes(id) && name.endsWith('submitted.json') ? DIE : undefined;
    await s.turn(2n);
    expect([nonceOf(s, id), nonceOf(s, next), gapsTold(s)]).toEqual([undefined, '1', []]);
  });
});

describe('given a sealed request over which machines die', () => {
  /** Two turns that ended without a word while they had it in hand. */
  const suspected = async () => {
    const { s, stuck } = await sealedWithoutBytes();
    for (const turn of [2n, 3n]) {
      s.storage.put(s.buckets.work, `turns/hot/${(10n ** 12n - 1n - turn).toString()}`, Buffer.from('{}'));
      s.storage.put(s.buckets.work, turnTriedObject('hot', turn, stuck), new Uint8Array());
    }
    s.keys.down.clear();
    return { s, stuck };
  };
  /** From the moment at which it makes the bytes of the rotten one again, nothing comes of this machine any more. */
  const dyingOver = (s: Pipeline, id: string): void => {
    let dead = false;
    s.storage.fault = (call, bucket, name) => {
      if (call === 'create' && bucket === s.buckets.signed && name.includes(id)) dead = true;
      return dead ? DIE : undefined;
    };
  };

  test('threat 33: then what cures it is sealed before it is touched again', async () => {
    const { s, stuck } = await suspected();
    const cure = await asked(s, replacing(stuck));
    dyingOver(s, stuck);
    await s.turn(4n).catch(() => {});
    s.storage.fault = () => undefined;
    expect(nonceOf(s, cure)).toBe('0');
    expect(nonceOf(s, stuck)).toBeUndefined();
  });

  test('then it is completed last, and what waited above it goes on', async () => {
    const { s, stuck } = await suspected();
    const next = await asked(s, { reference: 'next' });
    await s.turn(4n);
    await s.turn(5n);
    expect([nonceOf(s, stuck), nonceOf(s, next)]).toEqual(['0', '1']);
  });
});

test('of several suspects the one over which most machines died goes last', async () => {
  const s = stage();
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push(await asked(s, { reference: `r${n}` }));
  const [worst = '', least = '', middle = ''] = ids.toSorted();
  const deaths: readonly (readonly [string, number])[] = [
    [worst, 4],
    [least, 2],
    [middle, 3],
  ];
  for (const turn of [1n, 2n, 3n, 4n]) {
    s.storage.put(s.buckets.work, `turns/hot/${(10n ** 12n - 1n - turn).toString()}`, Buffer.from('{}'));
    for (const [id, count] of deaths)
      if (turn <= BigInt(count)) s.storage.put(s.buckets.work, turnTriedObject('hot', turn, id), new Uint8Array());
  }
  await s.turn(5n);
  expect([least, middle, worst].map((id) => nonceOf(s, id))).toEqual(['0', '1', '2']);
});

test('of many that cannot be completed, two are tried in a pass before what cures the first is sealed', async () => {
  const s = stage();
  for (let n = 0; n < 5; n++) await asked(s, { reference: `stuck-${n}` });
  s.storage.fault = (call, bucket) => (call === 'create' && bucket === s.buckets.signed ? DIE : undefined);
  await s.turn(1n);
  s.storage.fault = () => undefined;
  s.keys.down.add('alice');
  s.keys.decryptions = 0;
  const [entry = ''] = s.seals();
  const { items } = z
    .object({ items: z.array(z.object({ id: z.string(), nonce: z.string() })).length(5) })
    .parse(s.storage.json(s.buckets.register, entry));
  const first = items.find(({ nonce }) => nonce === '0')?.id ?? '';
  const cure = await askedOthers(s, replacing(first));
  let tried = 0;
  s.storage.before = {
    call: 'create',
    prefix: 'seals/',
    run: () => {
      tried = s.keys.decryptions;
    },
  };
  await s.turn(2n);
  expect(nonceOf(s, cure)).toBe('0');
  // Two shares each, and those of the cure itself.
  expect(tried).toBe(2 * 2 + 2);
});
