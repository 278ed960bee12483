import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concat, getBytes, hexlify, toBeHex } from 'ethers';
import { describe, expect, test } from 'vitest';
import { signatureOf } from '#core/curve.ts';
import type { Asked, Ladder, Signer } from '#core/signing/signer.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { secretOf } from '#test/support/law.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const asked = async (s: Pipeline, reference: string): Promise<string> => {
  const id = await s.ask({ reference });
  await s.approve(id);
  return id;
};

/** The stage's signer, whose sessions come to their end where this says so. */
const ending = (
  s: Pipeline,
  when: { readonly open?: (one: Asked) => boolean; readonly ladder?: (one: Ladder) => boolean },
): { readonly signer: Signer; readonly sessions: { ended: boolean; readonly ids: string[] }[] } => {
  const { signer } = s.turnContext(1n);
  const sessions: { ended: boolean; readonly ids: string[] }[] = [];
  return {
    sessions,
    signer: {
      begin: () => {
        const session = signer.begin();
        const about = { ended: false, ids: [] as string[] };
        sessions.push(about);
        let fault: KeyturnError | undefined;
        const unless = <T>(ends: boolean | undefined, go: () => Promise<T>): Promise<T> => {
          if (ends === true) fault = new KeyturnError('UNAVAILABLE', 'the signing process ended: SIGKILL');
          return fault === undefined ? go() : Promise.reject(fault);
        };
        return {
          ...session,
          open: (one) => {
            about.ids.push(one.id);
            return unless(when.open?.(one), () => session.open(one));
          },
          signLadder: (one) => unless(when.ladder?.(one), () => session.signLadder(one)),
          signStatement: (...one) => unless(false, () => session.signStatement(...one)),
          fault: () => fault,
          end: () => {
            about.ended = true;
            session.end();
          },
        };
      },
    },
  };
};

const nonceOf = (s: Pipeline, id: string): unknown => Reflect.get(Object(s.fact(id, 'submitted')), 'nonce');
const blamed = (s: Pipeline): string[] =>
  s.storage.names(s.buckets.results, 'requests/').filter((name) => name.includes('bad-share'));
const closed = (s: Pipeline) => s.log.lines.filter(({ event }) => event === 'turn.close');

describe('a signing session that ends too early blames nobody (threat 107)', () => {
  test('while shares are opened: all wait a moment, and are sealed in the same turn', async () => {
    const s = stage();
    const ids = [await asked(s, 'a'), await asked(s, 'b'), await asked(s, 'c')];
    let times = 0;
    const { signer, sessions } = ending(s, { open: () => times++ === 0 });
    await s.turn(1n, { signer, operations: { ...s.config.operations, idleSeconds: 10 } });
    expect(new Set(ids.map((id) => nonceOf(s, id)))).toEqual(new Set(['0', '1', '2']));
    expect([blamed(s), closed(s)]).toEqual([[], []]);
    expect(sessions.map(({ ended }) => ended)).toEqual(sessions.map(() => true));
  });

  test('while it signs: nothing is sealed of that batch, and everything in the next ones', async () => {
    const s = stage();
    const ids = [await asked(s, 'a'), await asked(s, 'b')];
    let times = 0;
    const { signer } = ending(s, { ladder: () => times++ === 0 });
    await s.turn(1n, { signer, operations: { ...s.config.operations, idleSeconds: 10 } });
    expect(new Set(ids.map((id) => nonceOf(s, id)))).toEqual(new Set(['0', '1']));
    expect([blamed(s), closed(s)]).toEqual([[], []]);
  });

  test('one request that ends every session is found, since each is then tried alone: the others are sealed', async () => {
    const s = stage();
    const before = await asked(s, 'before');
    const poison = await asked(s, 'poison');
    const after = await asked(s, 'after');
    const { signer, sessions } = ending(s, { open: ({ id }) => id === poison });
    await s.turn(1n, { signer, operations: { ...s.config.operations, idleSeconds: 30 } });
    expect([before, after].map((id) => nonceOf(s, id)).sort()).toEqual(['0', '1']);
    expect(nonceOf(s, poison)).toBeUndefined();
    expect(sessions.slice(1).every(({ ids }) => new Set(ids).size === 1)).toBe(true);
    expect([blamed(s), closed(s)]).toEqual([[], []]);
  });
});

describe('no signature is believed before it was recovered (threat 107)', () => {
  const OTHER_KEY = secretOf(5);
  const byOther = (digest: string): Uint8Array => signatureOf(getBytes(digest), OTHER_KEY) ?? new Uint8Array();
  const LIES: readonly [string, (true_: readonly Uint8Array[], digests: readonly string[]) => readonly Uint8Array[]][] =
    [
      ['of another key', (_, digests) => digests.map(byOther)],
      ['of another rung', (signatures) => signatures.toReversed()],
      ['one too few', (signatures) => signatures.slice(1)],
      ['with a high s', (signatures) => signatures.map(turned)],
      ['of no bytes', (signatures) => signatures.map(() => new Uint8Array())],
    ];
  /** The same signature with the other s, and the other parity: it recovers to the same key, and nodes refuse it (EIP-2). */
  const turned = (signature: Uint8Array): Uint8Array => {
    const high = secp256k1.Point.Fn.neg(BigInt(hexlify(signature.subarray(32, 64))));
    return getBytes(concat([signature.subarray(0, 32), toBeHex(high, 32), signature[64] === 0 ? '0x01' : '0x00']));
  };

  test.each(LIES)('rungs %s: nothing is sealed, and nothing comes out', async (_, lie) => {
    const s = stage();
    await asked(s, 'a');
    const { signer } = s.turnContext(1n);
    await s.turn(1n, {
      signer: {
        begin: () => {
          const session = signer.begin();
          return { ...session, signLadder: async (one) => lie(await session.signLadder(one), one.digests) };
        },
      },
    });
    expect([s.seals(), s.storage.names(s.buckets.signed), s.chain().sends]).toEqual([[], [], []]);
    expect(s.log.codes('alarm').length).toBeGreaterThan(0);
  });

  test('a seal of another key: nothing is sealed', async () => {
    const s = stage();
    await asked(s, 'a');
    const { signer } = s.turnContext(1n);
    await s.turn(1n, {
      signer: {
        begin: () => ({ ...signer.begin(), signStatement: async () => byOther(`0x${'7'.repeat(64)}`) }),
      },
    });
    expect([s.seals(), s.storage.names(s.buckets.signed), s.chain().sends]).toEqual([[], [], []]);
  });
});
