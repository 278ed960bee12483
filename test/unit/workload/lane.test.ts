import { describe, expect, test } from 'vitest';
import { closeBytes } from '#core/register/entry.ts';
import type { Signer } from '#core/signing/signer.ts';
import { KeyturnError } from '#schemas/codes.ts';
import {
  openObject,
  PAUSED_OBJECT,
  sealObject,
  signedObject,
  turnClosedObject,
  turnTriedObject,
} from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const DIE = new Error('the machine is gone');

const asked = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};

const nonceOf = (s: Pipeline, id: string): unknown =>
  (s.fact(id, 'submitted') as { nonce?: string } | undefined)?.nonce;
const seal = (s: Pipeline, seq: bigint): string => sealObject('31337', s.wallet.address, seq);
const closeFor = (id: string): Uint8Array => closeBytes([{ id, code: 'REJECTED', reason: 'by the test' }]);

describe('given approved requests', () => {
  test('one turn seals them in one entry, with contiguous nonces from startNonce', async () => {
    const s = stage();
    const ids = await Promise.all([1, 2, 3].map((n) => asked(s, { reference: `r${n}` })));
    await s.turn();
    expect(s.seals()).toHaveLength(1);
    expect(ids.map((id) => nonceOf(s, id)).sort()).toEqual(['0', '1', '2']);
  });

  test('threat 2: two turns at once seal and send each request once', async () => {
    const s = stage();
    const ids = [await asked(s), await asked(s, { reference: 'two' })];
    await Promise.all([s.turn(1n), s.turn(2n)]);
    expect(ids.map((id) => nonceOf(s, id)).sort()).toEqual(['0', '1']);
    expect(new Set(s.chain().sends).size).toBe(2);
  });

  test('threat 26, 42: the evidence is asked for before the entry is created, and lies in it', async () => {
    const s = stage();
    await asked(s);
    let seen = -1;
    s.storage.before = {
      call: 'create',
      prefix: 'seals/',
      run: () => {
        seen = s.attestation.asked.filter(({ audience }) => audience === 'keyturn/v1/seal').length;
      },
    };
    await s.turn();
    expect(seen).toBe(1);
    expect(s.storage.json(s.buckets.register, s.seals()[0] ?? '')).toMatchObject({
      evidence: expect.stringMatching(/^e30\./),
    });
  });

  test('threat 16: a token issued after validUntil seals nothing', async () => {
    const s = stage();
    await asked(s, { validUntil: timeText(s.clock.now() + 60_000) });
    s.attestation.ahead = 61_000;
    await s.turn();
    expect(s.seals()).toEqual([]);
  });

  test('threat 5, 8, 9: no node is asked for a nonce: a count below the register changes nothing', async () => {
    const s = stage();
    await asked(s);
    await s.turn(1n);
    s.chain().count = async () => 0n;
    const second = await asked(s, { reference: 'two' });
    await s.turn(2n);
    expect(nonceOf(s, second)).toBe('1');
  });

  test('an operator who pauses stops the next batch', async () => {
    const s = stage();
    await asked(s);
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.turn();
    expect(s.seals()).toEqual([]);
    expect(s.storage.names(s.buckets.work)).toContain(turnClosedObject('hot', 1n));
  });

  test('threat 32: after it closed, a turn makes one more pass', async () => {
    const s = stage();
    await asked(s);
    await s.turn(1n);
    let late = '';
    s.storage.before = {
      call: 'create',
      prefix: turnClosedObject('hot', 2n),
      run: async () => {
        late = await asked(s, { reference: 'late' });
      },
    };
    await s.turn(2n);
    expect(nonceOf(s, late)).toBe('1');
  });

  test('a wallet that cannot pay is waited for, and what it can pay is not held up by it', async () => {
    const s = stage();
    s.chain().funds = 2n * 10n ** 18n;
    const dear = await asked(s, { value: '9000000000000000000' });
    const cheap = await asked(s, { reference: 'cheap' });
    await s.turn();
    expect([nonceOf(s, dear), nonceOf(s, cheap)]).toEqual([undefined, '0']);
  });

  test('a request that is not payable closes nobody else', async () => {
    const s = stage();
    s.chain().funds = 2n * 10n ** 18n;
    const dear = await asked(s, { value: '9000000000000000000' });
    const named = await asked(s, { reference: 'named', nonce: '0' });
    await s.turn();
    expect([nonceOf(s, dear), nonceOf(s, named)]).toEqual([undefined, '0']);
  });

  test('threat 33: an unreachable chain stops no other', async () => {
    const s = stage();
    s.chain().fault = () => new KeyturnError('CHAIN_UNREACHABLE', 'no answer');
    const stuck = await asked(s);
    const fine = await asked(s, { chainId: '31338', reference: 'two' });
    await s.turn();
    expect([nonceOf(s, stuck), nonceOf(s, fine)]).toEqual([undefined, '0']);
  });

  test('threat 17: sealed in time and completed after validUntil, within the slack and not beyond', async () => {
    const s = stage();
    const until = s.clock.now() + 60_000;
    const id = await asked(s, { validUntil: timeText(until) });
    s.storage.fault = (call, bucket) => (call === 'create' && bucket === s.buckets.signed ? DIE : undefined);
    await s.turn(1n);
    s.storage.fault = () => undefined;
    expect([s.seals().length, nonceOf(s, id)]).toEqual([1, undefined]);
    s.clock.advance(3 * 3_600_000);
    await s.turn(2n);
    expect(nonceOf(s, id)).toBeUndefined();
    s.clock.advance(-2 * 3_600_000);
    await s.turn(3n);
    expect(nonceOf(s, id)).toBe('0');
  });
});

describe('the second read', () => {
  test('threat 1, 6: given an archived entry between read and create, of two seals at one nonce none is released blindly', async () => {
    const s = stage();
    const slow = await asked(s);
    const held = s.turn(1n);
    let other = '';
    s.storage.before = {
      call: 'create',
      prefix: 'seals/',
      run: async () => {
        other = await asked(s, { reference: 'other' });
        await s.turn(2n);
        s.storage.archive(s.buckets.register, seal(s, 0n));
      },
    };
    await held;
    const nonces = [nonceOf(s, slow), nonceOf(s, other)].filter((nonce) => nonce !== undefined);
    expect(new Set(nonces).size).toBe(nonces.length);
    expect(s.log.codes('alarm')).toContain('TAMPERED');
  });

  test('threat 3: a close that came between read and create keeps the bytes in', async () => {
    const s = stage();
    const id = await asked(s);
    s.storage.before = {
      call: 'create',
      prefix: 'seals/',
      run: () => {
        s.storage.put(s.buckets.register, seal(s, 5n), closeFor(id));
      },
    };
    await s.turn();
    expect(s.seals()).toHaveLength(2);
    expect(s.storage.names(s.buckets.signed)).toEqual([]);
    expect(s.chain().sends).toEqual([]);
    expect(s.log.codes('alarm')).toContain('TAMPERED');
  });

  test('threat 4: two ids under one reference are never both sealed', async () => {
    const s = stage();
    const first = await asked(s);
    await s.turn(1n);
    const second = s.requestOf({ value: '2' });
    const fact = { id: s.idOf(second), walletAddress: s.wallet.address, lawHash: s.config.lawHash, request: second };
    s.storage.put(s.buckets.results, `requests/${fact.id}/request.json`, Buffer.from(JSON.stringify(fact)));
    s.storage.put(s.buckets.work, `open/hot/${fact.id}`, Buffer.from(JSON.stringify(second)));
    await s.approve(fact.id);
    await s.turn(2n);
    expect([nonceOf(s, first), nonceOf(s, fact.id)]).toEqual(['0', undefined]);
    expect(s.seals()).toHaveLength(2);
    await s.tick();
    expect(s.outcome(fact.id)).toMatchObject({ outcome: 'refused', code: 'REFERENCE_USED' });
  });

  test('threat 5: what an operator erases elsewhere changes nothing: an id that is sealed is never sealed again', async () => {
    const s = stage();
    const id = await asked(s);
    await s.turn(1n);
    for (const bucket of [s.buckets.signed, s.buckets.results])
      for (const name of s.storage.names(bucket))
        if (!name.endsWith('/request.json') && !name.endsWith('/approved.json')) s.storage.erase(bucket, name);
    // A turn passes by what its mark calls submitted, so the operator says otherwise there too.
    await s.storage.setMetadata(s.buckets.work, openObject('hot', id), { stage: 'approved' });
    await s.turn(2n);
    expect([s.seals().length, nonceOf(s, id), new Set(s.chain().sends).size]).toEqual([1, '0', 1]);
  });

  test('threat 7: junk and copies keep their name, are skipped and alarmed, and are never read as seals', async () => {
    const s = stage();
    await asked(s);
    await s.turn(1n);
    const bytes = await s.storage.read(s.buckets.register, seal(s, 0n));
    s.storage.put(s.buckets.register, seal(s, 1n), bytes?.bytes ?? new Uint8Array());
    s.storage.put(s.buckets.register, seal(s, 2n), Buffer.from('junk'));
    const next = await asked(s, { reference: 'next' });
    await s.turn(2n);
    expect(nonceOf(s, next)).toBe('1');
    expect(s.log.codes('alarm').filter((code) => code === 'REGISTER_JUNK')).toHaveLength(2);
    expect(s.seals()).toContain(seal(s, 3n));
  });

  test('an entry that is listed and cannot be read stops the lane', async () => {
    const s = stage();
    await asked(s);
    await s.turn(1n);
    const read = s.storage.read.bind(s.storage);
    s.storage.read = async (bucket, name, options) =>
      bucket === s.buckets.register ? undefined : read(bucket, name, options);
    const next = await asked(s, { reference: 'next' });
    await s.turn(2n);
    expect(nonceOf(s, next)).toBeUndefined();
    expect(s.log.codes('alarm')).toContain('REGISTER_CORRUPT');
  });
});

describe('given a machine that dies', () => {
  test.each([
    ['before the seal', 'seals/', 'create', 0],
    ['before the bytes are stored', '', 'create-signed', 1],
    ['before submitted.json', 'requests/', 'create-submitted', 1],
  ])('%s, then the next turn sends the same bytes once', async (_, __, where, sealed) => {
    const s = stage();
    const id = await asked(s);
    s.storage.fault = (call, bucket, name) => {
      if (call !== 'create') return undefined;
      if (where === 'create') return bucket === s.buckets.register ? DIE : undefined;
      if (where === 'create-signed') return bucket === s.buckets.signed ? DIE : undefined;
      return name.endsWith('submitted.json') ? DIE : undefined;
    };
    await s.turn(1n);
    expect([s.seals().length, nonceOf(s, id)]).toEqual([sealed, undefined]);
    s.storage.fault = () => undefined;
    await s.turn(2n);
    expect([s.seals().length, nonceOf(s, id), new Set(s.chain().sends).size]).toEqual([1, '0', 1]);
  });

  test('sealed by a turn whose bytes do not come out the same again: SEAL_MISMATCH, and nobody else is held up', async () => {
    const s = stage();
    const id = await asked(s);
    s.storage.fault = (call, bucket) => (call === 'create' && bucket === s.buckets.signed ? DIE : undefined);
    await s.turn(1n);
    s.storage.fault = () => undefined;
    s.storage.put(
      s.buckets.signed,
      signedObject(id),
      Buffer.from(JSON.stringify({ id, wallet: 'hot', rungs: [{ hash: `0x${'1'.repeat(64)}`, raw: '0x01' }] })),
    );
    const next = await asked(s, { reference: 'next' });
    await s.turn(2n);
    expect(nonceOf(s, next)).toBe('1');
    expect(s.log.codes('alarm')).toContain('SEAL_MISMATCH');
  });
});

describe('poison (threat 33)', () => {
  test('given a request whose release key hangs, then the others are sealed in the same turn', async () => {
    const s = stage();
    const poison = await asked(s);
    const fine = await asked(s, { reference: 'fine' });
    s.keys.hanging.add(`keyturn/v1/${poison}/alice`);
    await s.turn();
    expect([nonceOf(s, poison), nonceOf(s, fine)]).toEqual([undefined, '0']);
  });

  test('given a request that cannot be signed, then its batch is signed one by one: it waits, the others are sealed', async () => {
    const s = stage();
    const before = await asked(s, { reference: 'before' });
    const poison = await asked(s, { reference: 'poison', value: '7' });
    const after = await asked(s, { reference: 'after' });
    const { signer } = s.turnContext(1n);
    const refusing: Signer = {
      begin: () => {
        const session = signer.begin();
        return {
          ...session,
          signLadder: (ladder) =>
            ladder.id === poison ? Promise.reject(new KeyturnError('BAD_FIELD', 'poison')) : session.signLadder(ladder),
        };
      },
    };
    await s.turn(1n, { signer: refusing });
    expect([before, poison, after].map((id) => nonceOf(s, id))).toEqual(['0', undefined, '1']);
    const blamed = s.log.lines.filter(({ event }) => event === 'turn.fault').map(({ fields }) => `${fields.id}`);
    expect(blamed[0]?.split(',').sort()).toEqual([before, poison, after].sort());
    expect(new Set(blamed.slice(1))).toEqual(new Set([poison]));
  });

  test('what a turn works on it says beforehand; two dead turns make it go last and alone', async () => {
    const s = stage();
    const poison = await asked(s);
    const fine = await asked(s, { reference: 'fine' });
    for (const turn of [1n, 2n]) {
      s.storage.put(s.buckets.work, `turns/hot/${(10n ** 12n - 1n - turn).toString()}`, Buffer.from('{}'));
      s.storage.put(s.buckets.work, turnTriedObject('hot', turn, poison), new Uint8Array());
    }
    let marksAtFirstSeal: string[] = [];
    s.storage.before = {
      call: 'create',
      prefix: 'seals/',
      run: () => {
        marksAtFirstSeal = s.storage.names(s.buckets.work, 'turns/');
      },
    };
    await s.turn(3n);
    expect([nonceOf(s, fine), nonceOf(s, poison), s.seals().length]).toEqual(['0', '1', 2]);
    expect(marksAtFirstSeal).toContain(turnTriedObject('hot', 3n, fine));
    expect(marksAtFirstSeal).not.toContain(turnTriedObject('hot', 3n, poison));
  });
});

describe('shares', () => {
  test('threat 14, 15: junk first never fails a request with k good ones; its holder is named', async () => {
    const s = stage();
    const id = await s.ask();
    await s.upload('alice', id, { text: Buffer.from('no share'), attempt: '1' });
    await s.upload('bob', id);
    await s.upload('alice', id, { attempt: '2' });
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
    const blamed = s
      .announced('keyturn.request.share-bad', id)
      .map(({ data }) => JSON.parse(Buffer.from(data).toString()));
    expect(blamed).toMatchObject([{ coSigner: 'alice', code: 'SHARE_TEXT' }]);
  });

  test('threat 15: a disabled key is nobody’s fault: waited for, blamed on none', async () => {
    const s = stage();
    const id = await asked(s);
    s.keys.down.add('alice');
    await s.turn(1n);
    expect(s.announced('keyturn.request.share-bad', id)).toEqual([]);
    expect(s.log.lines.some(({ fields }) => fields.code === 'SHARE_UNREACHABLE')).toBe(true);
    s.keys.down.clear();
    await s.turn(2n);
    expect(nonceOf(s, id)).toBe('0');
  });

  test('threat 37: a rejection beats a share until the seal', async () => {
    const s = stage();
    const id = await asked(s);
    s.reject('alice', id);
    await s.turn(1n);
    expect(s.seals()).toEqual([]);
  });

  test('a withdrawn request is not sealed', async () => {
    const s = stage();
    const id = await asked(s);
    const fact = { id, wallet: 'hot', requester: 'dapp' };
    s.storage.put(s.buckets.results, `requests/${id}/withdrawn.json`, Buffer.from(JSON.stringify(fact)));
    await s.turn(1n);
    expect(s.seals()).toEqual([]);
  });
});

describe('the register that the law means', () => {
  test.each([
    ['another project', { projectNumber: '2' }],
    ['folders that can be renamed', { hierarchicalNamespace: true }],
  ])('%s: the turn refuses', async (_, settings) => {
    const s = stage();
    await asked(s);
    s.storage.disguises.set(s.buckets.register, settings);
    await expect(s.turn()).rejects.toMatchObject({ code: 'REGISTER_UNLOCKED' });
    expect(s.seals()).toEqual([]);
  });
});
