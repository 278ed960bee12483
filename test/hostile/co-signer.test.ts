import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { user } from '#local/lab/people.ts';
import { shareAad } from '#schemas/names.ts';
import { shareText } from '#schemas/share-text.ts';
import { secretOf, splitOf } from '#test/support/law.ts';
import { MemoryKeys } from '#test/support/ports.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';
import { hollowLab } from './support/hollow-lab.ts';

/** Bob is hostile, and owns the bucket of his shares. Two of alice, bob and holder-3 are enough. */
const THIEF = 'bob';
const own = (id: string, attempt = ''): string => `${THIEF}/shares/${id}${attempt}`;
const put = (s: Pipeline, name: string, bytes: Uint8Array) => s.storage.put(s.buckets.keys, name, bytes);
const bytesAt = async (s: Pipeline, name: string): Promise<Uint8Array> =>
  (await s.storage.read(s.buckets.keys, name))?.bytes ?? new Uint8Array();
/** Rightly encrypted for this request, whatever is in it. */
const encrypted = (id: string, text: Uint8Array): Uint8Array => MemoryKeys.encrypt(THIEF, text, shareAad(id, THIEF));

const SPLIT = splitOf(2, 3);
const lineOf = (index: number, over: { wallet?: string; epoch?: number; scalar?: Uint8Array } = {}): Uint8Array => {
  const scalar = SPLIT.shares.find((share) => share.index === index)?.scalar ?? new Uint8Array(32);
  return shareText({ wallet: 'hot', epoch: 1, index, scalar: Uint8Array.from(scalar), ...over });
};

interface Ids {
  /** What he attacks. */
  readonly id: string;
  /** Another request of the wallet, for which he has given a good share. */
  readonly other: string;
}

/** What he does after alice has approved both, and with what he is blamed for the one; undefined: nobody can be. */
const DEEDS: readonly (readonly [string, (s: Pipeline, ids: Ids) => unknown, string | undefined])[] = [
  [
    'a copy of the share of another',
    async (s, { id }) => put(s, own(id), await bytesAt(s, `alice/shares/${id}`)),
    'SHARE_CIPHERTEXT',
  ],
  [
    'his own share of another request',
    async (s, { id, other }) => put(s, own(id), await bytesAt(s, own(other))),
    'SHARE_CIPHERTEXT',
  ],
  [
    'a copy of the share of another, of another request',
    async (s, { id, other }) => put(s, own(id), await bytesAt(s, `alice/shares/${other}`)),
    'SHARE_CIPHERTEXT',
  ],
  [
    'a share for the hash of another request',
    (s, { id, other }) => put(s, own(id), MemoryKeys.encrypt(THIEF, lineOf(2), shareAad(other, THIEF))),
    'SHARE_CIPHERTEXT',
  ],
  ['garbage', (s, { id }) => put(s, own(id), secretOf(99)), 'SHARE_CIPHERTEXT'],
  ['garbage, rightly encrypted', (s, { id }) => put(s, own(id), encrypted(id, secretOf(99))), 'SHARE_TEXT'],
  ['another scalar', (s, { id }) => put(s, own(id), encrypted(id, lineOf(2, { scalar: secretOf(99) }))), 'SHARE_WRONG'],
  [
    'a scalar of nothing',
    (s, { id }) => put(s, own(id), encrypted(id, lineOf(2, { scalar: new Uint8Array(32) }))),
    'SHARE_WRONG',
  ],
  ['the line of another, which leaked', (s, { id }) => put(s, own(id), encrypted(id, lineOf(1))), 'SHARE_OTHER_INDEX'],
  [
    'his scalar under the index of another',
    (s, { id }) => put(s, own(id), encrypted(id, lineOf(1, { scalar: SPLIT.shares[1]?.scalar ?? new Uint8Array() }))),
    'SHARE_OTHER_INDEX',
  ],
  [
    'a share of another wallet',
    (s, { id }) => put(s, own(id), encrypted(id, lineOf(2, { wallet: 'cold' }))),
    'SHARE_OTHER_WALLET',
  ],
  [
    'a share of an older split',
    (s, { id }) => put(s, own(id), encrypted(id, lineOf(2, { epoch: 2 }))),
    'SHARE_OTHER_EPOCH',
  ],
  ['nothing', () => {}, undefined],
  ['an empty object', (s, { id }) => put(s, own(id), new Uint8Array()), undefined],
  ['ten megabytes', (s, { id }) => put(s, own(id), new Uint8Array(10 * 2 ** 20)), undefined],
  ['a veto', (s, { id }) => s.reject(THIEF, id), undefined],
  [
    'a veto, and a good share',
    async (s, { id }) => {
      s.reject(THIEF, id);
      await s.upload(THIEF, id);
    },
    undefined,
  ],
  [
    'ten thousand objects',
    (s, { id }) => {
      for (let n = 0; n < 10_000; n++) put(s, own(id, `/${n}`), encrypted(id, secretOf(n)));
    },
    'SHARE_TEXT',
  ],
];

/** What he does in the middle of a turn, after his good share was counted, and who then approves in that turn. */
const MEANWHILE: readonly (readonly [
  string,
  (s: Pipeline, ids: Ids) => void,
  string | undefined,
  readonly string[],
])[] = [
  [
    'puts garbage in the place of the share that was counted',
    (s, { id }) => {
      s.storage.before = { call: 'read', prefix: own(id), run: () => void put(s, own(id), secretOf(99)) };
    },
    'SHARE_CIPHERTEXT',
    [],
  ],
  [
    'deletes the share that was counted',
    (s, { id }) => {
      s.storage.before = { call: 'read', prefix: own(id), run: () => s.storage.erase(s.buckets.keys, own(id)) };
    },
    undefined,
    [],
  ],
  [
    'hides the share that was counted behind a newer one',
    (s, { id }) => {
      const run = () => {
        s.storage.archive(s.buckets.keys, own(id));
        put(s, own(id), secretOf(99));
      };
      s.storage.before = { call: 'read', prefix: own(id), run };
    },
    undefined,
    ['alice', THIEF],
  ],
  [
    'deletes the share that was opened',
    (s, { id }) => {
      s.storage.before = { call: 'create', prefix: 'seals/', run: () => s.storage.erase(s.buckets.keys, own(id)) };
    },
    undefined,
    ['alice', THIEF],
  ],
  [
    'vetoes when his share was opened',
    (s, { id }) => {
      s.storage.before = { call: 'create', prefix: 'seals/', run: () => void s.reject(THIEF, id) };
    },
    undefined,
    ['alice', THIEF],
  ],
];

const scene = async (): Promise<Ids & { readonly s: Pipeline }> => {
  const s = stage();
  const [id, other] = [await s.ask(), await s.ask({ reference: 'other' })];
  for (const each of [id, other]) await s.upload('alice', each);
  await s.upload(THIEF, other);
  return { s, id, other };
};

/** Who approved it, as its seal says; empty where nothing seals it. */
const approversOf = (s: Pipeline, id: string): readonly string[] =>
  s
    .seals()
    .map((name) => SEAL.parse(s.storage.json(s.buckets.register, name)))
    .flatMap(({ items }) => items)
    .filter((item) => item.id === id)
    .flatMap(({ approvals }) => approvals.map(({ coSigner }) => coSigner));
const SEAL = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), approvals: z.array(z.looseObject({ coSigner: z.string() })) })),
});

/** Everybody who was blamed in public, about whichever request, and why. */
const blamed = (s: Pipeline): readonly string[] => {
  const said = s.publisher.sent
    .filter(({ message }) => message.attributes['ce-type'] === 'keyturn.request.share-bad')
    .map(({ message }) => BLAME.parse(JSON.parse(Buffer.from(message.data).toString())));
  const kept = s.storage.names(s.buckets.results, 'requests/').filter((name) => name.includes('/bad-share-'));
  const written = kept.map((name) => BLAME.parse(s.storage.json(s.buckets.results, name)));
  return [...new Set([...said, ...written].map(({ id, coSigner, code }) => `${id} ${coSigner} ${code}`))];
};
const BLAME = z.looseObject({ id: z.string(), coSigner: z.string(), code: z.string() });

/** All that leaves a machine, but for the ciphertexts of the co-signers themselves. */
const told = async (s: Pipeline): Promise<string> => {
  const places = s.storage.paths.map((path) => path.split('/')).filter(([bucket]) => bucket !== s.buckets.keys);
  const objects = await Promise.all(
    places.map(async ([bucket = '', ...name]) => (await s.storage.read(bucket, name.join('/')))?.bytes),
  );
  const messages = s.publisher.sent.map(({ message }) => message.data);
  const lines = JSON.stringify(s.log.lines, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  return [...[...objects, ...messages].map((bytes) => Buffer.from(bytes ?? []).toString()), lines].join('\n');
};
const leaks = async (s: Pipeline): Promise<readonly string[]> => {
  const text = await told(s);
  const scalars = SPLIT.shares.map(({ scalar }) => Buffer.from(scalar));
  return scalars
    .flatMap((bytes) => [bytes.toString('hex'), bytes.toString('base64')])
    .filter((word) => text.includes(word));
};

/** The other request is not touched by it. This one is paid once two others approve, and he alone is blamed, if anybody. */
const endsWell = async ({ s, id, other }: Ids & { readonly s: Pipeline }, code: string | undefined): Promise<void> => {
  expect(approversOf(s, other)).toEqual(['alice', THIEF]);
  await s.upload('holder-3', id);
  await s.turn(2n);
  expect(approversOf(s, id)).toHaveLength(2);
  for (const each of blamed(s)) expect(each).toBe(`${id} ${THIEF} ${code}`);
  expect(blamed(s)).toHaveLength(code === undefined ? 0 : 1);
  s.chain().mine();
  for (const each of [id, other]) await s.finalize(each);
  expect([s.outcome(id), s.outcome(other)]).toMatchObject([{ outcome: 'finalized' }, { outcome: 'finalized' }]);
  expect(s.chain().blocks.flatMap(({ mined }) => mined)).toHaveLength(2);
  expect(await leaks(s)).toEqual([]);
};

describe('threat 85: a hostile co-signer leaves in the own place', () => {
  it.each(DEEDS)('%s: others are paid, and nobody else is blamed', async (_, deed, code) => {
    const { s, ...ids } = await scene();
    await deed(s, ids);
    await s.turn(1n);
    // With alice alone there is no approval, whatever he made look like one.
    expect(approversOf(s, ids.id)).toEqual([]);
    await endsWell({ s, ...ids }, code);
    expect(approversOf(s, ids.id)).toEqual(['alice', 'holder-3']);
  });
});

describe('threat 85: a hostile co-signer, while a machine is at work,', () => {
  it.each(MEANWHILE)('%s: others are paid, and nobody else is blamed', async (_, deed, code, approvers) => {
    const { s, ...ids } = await scene();
    await s.upload(THIEF, ids.id);
    deed(s, ids);
    await s.turn(1n);
    expect(s.storage.before).toBeUndefined();
    expect(approversOf(s, ids.id)).toEqual(approvers);
    await endsWell({ s, ...ids }, code);
  });
});

it('threat 85: what a hostile co-signer leaves in the place of another is not there: the place is not his', () => {
  const lab = hollowLab('split');
  const [mine, ...others] = lab.law.coSigners;
  const as = user(mine?.name ?? '');
  for (const { shareLocation } of others)
    for (const name of [`${shareLocation.prefix}shares/x`, `${shareLocation.prefix}rejections/x`])
      expect(() => lab.store.insert(as, shareLocation.bucket, name, Buffer.from('x'))).toThrow(
        /storage\.objects\.create/,
      );
});
