import { beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_ENTRY_BYTES } from '#core/register/entry.ts';
import { listShares } from '#core/shares/list.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { sealObject, shareAad } from '#schemas/names.ts';
import { LARGEST_MESSAGE } from '#schemas/request-bytes.ts';
import type { parseShareText } from '#schemas/share-text.ts';
import { timeText } from '#schemas/spellings.ts';
import { MemoryKeys } from '#test/support/ports.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** Every scalar that was read from a share, to see whether it is wiped in the end. */
const scalars: Uint8Array[] = [];
vi.mock('#schemas/share-text.ts', async (original) => {
  const real = await original<{ parseShareText: typeof parseShareText }>();
  return {
    ...real,
    parseShareText: (bytes: Uint8Array) => {
      const share = real.parseShareText(bytes);
      scalars.push(share.scalar);
      return share;
    },
  };
});
beforeEach(() => {
  scalars.length = 0;
});

const HOUR = 3_600_000;
const DIE = new Error('the machine is gone');
const calldata = (bytes: number) => ({ data: `0x${'ab'.repeat(bytes)}`, gasLimit: '10000000' });
const asked = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};
const nonceOf = (s: Pipeline, id: string): unknown => Reflect.get(Object(s.fact(id, 'submitted')), 'nonce');
const sizesOf = (s: Pipeline) =>
  Promise.all(s.seals().map(async (name) => (await s.storage.stat(s.buckets.register, name))?.size ?? 0));
const nothingIsOut = (s: Pipeline): void => {
  expect(s.storage.names(s.buckets.signed)).toEqual([]);
  expect(s.chain().sends).toEqual([]);
};

describe('threats 45, 47: large requests', () => {
  test('nine requests of 60 KB go in several seals, each one that readers read', async () => {
    const s = stage();
    const ids: string[] = [];
    // A tip of 1 wei has one rung: five times less to sign.
    const fields = { ...calldata(60_000), maxPriorityFeePerGas: '1' };
    for (let n = 0; n < 9; n++) ids.push(await asked(s, { reference: `big-${n}`, ...fields }));
    await s.turn();
    const sizes = await sizesOf(s);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
    expect(new Set(ids.map((id) => nonceOf(s, id)))).toEqual(new Set([...'012345678']));
    expect(s.log.codes('alarm')).toEqual([]);
  }, 60_000);

  test('the largest legal request goes the whole way, also by way of a machine that died half way', async () => {
    const s = stage();
    const room = LARGEST_MESSAGE - s.messageOf(s.requestOf(calldata(0))).length;
    const fields = calldata(Math.floor(room / 2));
    expect(LARGEST_MESSAGE - s.messageOf(s.requestOf(fields)).length).toBeLessThan(2);
    const id = await asked(s, fields);
    s.storage.fault = (call, _, name) => (call === 'create' && name.endsWith('submitted.json') ? DIE : undefined);
    await s.turn(1n);
    s.storage.fault = () => undefined;
    expect(nonceOf(s, id)).toBeUndefined();
    await s.turn(2n);
    expect(nonceOf(s, id)).toBe('0');
    expect(new Set(s.chain().sends).size).toBe(1);
    // The node forgot it: reconcile must be able to read what it shall send again.
    s.chain().pool = [];
    await s.tick();
    expect(s.chain().pool).toHaveLength(1);
    s.chain().mine();
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });

  test('an entry that is too large for its readers is never created', async () => {
    const s = stage();
    const id = await asked(s);
    const token = s.attestation.token.bind(s.attestation);
    s.attestation.token = async (asking) => `${await token(asking)}${'A'.repeat(MAX_ENTRY_BYTES)}`;
    await s.turn();
    expect([s.seals(), nonceOf(s, id)]).toEqual([[], undefined]);
    expect(s.log.codes('alarm')).toContain('TOO_LARGE');
  });
});

describe('threat 45: the second read asks for the entry itself', () => {
  test('an entry that readers take for junk releases nothing, and is not written again and again', async () => {
    const s = stage();
    const id = await asked(s);
    const create = s.storage.createOnce.bind(s.storage);
    let writes = 0;
    s.storage.createOnce = (bucket, name, bytes, metadata) => {
      if (bucket !== s.buckets.register) return create(bucket, name, bytes, metadata);
      if (++writes > 20) throw DIE;
      return create(bucket, name, bytes.subarray(1), metadata);
    };
    await s.turn();
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThan(5);
    expect(nonceOf(s, id)).toBeUndefined();
    nothingIsOut(s);
    expect(s.log.codes('alarm')).toContain('TAMPERED');
  });

  test('a seal created after validUntil is not released, neither by its turn nor by the next', async () => {
    const s = stage();
    const id = await asked(s, { validUntil: timeText(s.clock.now() + HOUR) });
    s.storage.before = { call: 'create', prefix: 'seals/', run: () => s.clock.advance(HOUR + 121_000) };
    await s.turn(1n);
    await s.turn(2n);
    expect([s.seals().length, nonceOf(s, id)]).toEqual([1, undefined]);
    nothingIsOut(s);
    expect(s.log.codes('alarm')).toContain('EXPIRED');
  });

  test('one that came a minute late is released: two clocks do not agree to the second', async () => {
    const s = stage();
    const id = await asked(s, { validUntil: timeText(s.clock.now() + HOUR) });
    s.storage.before = { call: 'create', prefix: 'seals/', run: () => s.clock.advance(HOUR + 60_000) };
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
  });
});

describe('threat 48: a holder who cannot be listed holds up nobody else', () => {
  const refusing = (s: Pipeline, ...coSigners: string[]) => {
    const refused = new KeyturnError('ATTESTATION_REFUSED', 'sts: exchange');
    s.storage.fault = (call, bucket, name) =>
      call === 'list' && bucket === s.buckets.keys && coSigners.some((one) => name.startsWith(`${one}/`))
        ? refused
        : undefined;
  };

  test('in a turn: the good shares of the others are enough', async () => {
    const s = stage();
    const id = await asked(s);
    refusing(s, 'holder-3');
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
  });

  test('in collect: the approval is counted', async () => {
    const s = stage();
    const id = await s.ask();
    refusing(s, 'holder-3');
    await s.approve(id);
    expect(s.fact(id, 'approved')).toMatchObject({ coSigners: ['alice', 'bob'] });
  });

  test('in reconcile: what expired is said to be, and nobody who cannot be asked has rejected', async () => {
    const s = stage();
    const id = await s.ask();
    refusing(s, 'bob', 'holder-3');
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    await s.tick(HOUR);
    expect(s.outcome(id)).toMatchObject({ outcome: 'expired' });
  });

  test('too few are left: it waits, and says who cannot be reached and why', async () => {
    const s = stage();
    await asked(s);
    refusing(s, 'bob');
    await s.turn();
    expect(s.seals()).toEqual([]);
    const waits = s.log.lines.filter(({ event }) => event === 'turn.wait').map(({ fields }) => fields.unreachable);
    expect(waits).toContain('bob: ATTESTATION_REFUSED');
  });

  test('a fault of our own is no excuse: it is thrown', async () => {
    const s = stage();
    s.storage.fault = () => DIE;
    await expect(listShares(() => s.storage, s.config.law, s.wallet, 'a'.repeat(64))).rejects.toBe(DIE);
  });
});

describe('threat 49: a flood of uploads costs its sender only', () => {
  const flood = (s: Pipeline, id: string): void => {
    for (let n = 0; n < 1500; n++) {
      const junk = MemoryKeys.encrypt('holder-3', Buffer.from('junk'), shareAad(id, 'holder-3'));
      s.storage.put(s.buckets.keys, `holder-3/shares/${id}/${n}`, junk);
      s.storage.put(s.buckets.keys, `holder-3/rejections/${id}${n}`, new Uint8Array());
    }
  };

  test('one short page of each holder is listed, and a like-named object rejects nothing', async () => {
    const s = stage();
    const id = 'a'.repeat(64);
    flood(s, id);
    const found = await listShares(() => s.storage, s.config.law, s.wallet, id);
    expect(s.storage.calls).toHaveLength(6);
    expect(found.shares.get('holder-3')).toHaveLength(200);
    expect(found.rejections.size).toBe(0);
    s.reject('holder-3', id);
    const again = await listShares(() => s.storage, s.config.law, s.wallet, id);
    expect([...again.rejections.keys()]).toEqual(['holder-3']);
  });

  test('a turn opens five of them, and the shares of the others count', async () => {
    const s = stage();
    const id = await asked(s);
    flood(s, id);
    await s.turn();
    expect([nonceOf(s, id), s.keys.decryptions]).toEqual(['0', 7]);
  });

  test('a tick tells of five of them', async () => {
    const s = stage();
    const id = await s.ask();
    flood(s, id);
    await s.upload('alice', id, { notify: false });
    await s.upload('bob', id, { notify: false });
    await s.tick();
    expect(s.fact(id, 'approved')).toBeDefined();
    expect(s.announced('keyturn.request.share-seen', id).length).toBe(7);
  });
});

describe('threat 50: nothing of a share outlives the work', () => {
  test('given shares that cannot be judged, then their scalars are wiped', async () => {
    const s = stage();
    await asked(s);
    // The law's commitments are no points: the judge itself breaks.
    const wallet = { ...s.wallet, commitments: s.wallet.commitments.map(() => '00') };
    await s.turn(1n, { wallet });
    expect(s.seals()).toEqual([]);
    expect(scalars).not.toEqual([]);
    for (const scalar of scalars) expect(scalar.every((byte) => byte === 0)).toBe(true);
  });

  test('after a seal too', async () => {
    const s = stage();
    await asked(s);
    await s.turn();
    expect(s.seals()).toEqual([sealObject('31337', s.wallet.address, 0n)]);
    expect(scalars).toHaveLength(2);
    for (const scalar of scalars) expect(scalar.every((byte) => byte === 0)).toBe(true);
  });
});
