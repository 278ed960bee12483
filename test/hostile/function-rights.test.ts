import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { receiptBacking } from '#core/decide/backing.ts';
import type { Message } from '#core/ports.ts';
import { signingPublisher } from '#functions/runtime/signed-events.ts';
import { account, FUNCTION_NAMES, type FunctionName } from '#local/lab/people.ts';
import { SHAPES } from '#local/lab/plan-file.ts';
import { signedBy } from '#schemas/event-signature.ts';
import { messageOf, receiptEvents } from '#schemas/events.ts';
import * as names from '#schemas/names.ts';
import { receiptWith } from '#test/support/receipt.ts';
import { attemptsOn, DONE, tried } from './support/attempts.ts';
import { type HollowLab, hollowLab, rightsOf } from './support/hollow-lab.ts';
import { KINDS } from './support/object-kinds.ts';
import { FOLLOWED, rightsTable } from './support/rights-table.ts';

/** Everything that a thief with the account of this function tries, and how it was answered. */
const raid = (lab: HollowLab, name: FunctionName): ReadonlyMap<string, string> => {
  const as = account(lab.world, name);
  return new Map(attemptsOn(lab).map((attempt) => [attempt.name, tried(attempt, as)]));
};

const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+]/g, '\\$&').replaceAll('*', '.+')}$`).test(name);

describe.each(SHAPES)('threat 61: with the rights of the plan of terraform/examples/%s', (shape) => {
  it.each(FUNCTION_NAMES)('%s may do what its row says, and is refused the rest by name', (name) => {
    const lab = hollowLab(shape);
    const answers = raid(lab, name);
    const rows = rightsTable(shape, name);
    // A right that is new, or gone, is seen here before anything is tried.
    expect([...rightsOf(lab, name).keys()].sort()).toEqual(Object.keys(rows).sort());
    const patterns = Object.values(rows).flat();
    const may = [...answers.keys()].filter((each) => patterns.some((pattern) => matches(pattern, each)));
    const did = [...answers].filter(([, answer]) => answer === DONE).map(([each]) => each);
    expect(did).toEqual(may);
    for (const pattern of patterns)
      expect(
        may.some((each) => matches(pattern, each)),
        pattern,
      ).toBe(true);
  });

  it.each(FUNCTION_NAMES)('each right of %s alone lets something through', (name) => {
    const lab = hollowLab(shape);
    raid(lab, name);
    const idle = [...rightsOf(lab, name)].filter(([, sole]) => sole === 0).map(([right]) => right);
    expect(idle).toEqual([]);
  });

  it('no function reads or writes a share, decrypts, makes signed bytes, takes from a register, or calls another', () => {
    const never =
      /^(shares of \w+: ((create|replace|change|delete) |read (?!predictionObject))|key of |signed: (create|replace|change|delete) |register: (replace|change|delete) |function |subscription )|: (keep versions|retain nothing|remove|subscribe)$/;
    for (const name of FUNCTION_NAMES) {
      const answers = [...raid(hollowLab(shape), name)].filter(([each]) => never.test(each));
      expect(answers.length).toBeGreaterThan(50);
      expect(answers.filter(([, answer]) => answer === DONE)).toEqual([]);
    }
  });
});

it.each(['finalize', 'reconcile'] as const)(
  'what a thief with the account of %s signs is valid, and shows no more than who said it',
  async (name) => {
    const { world, law, keys } = hollowLab('split');
    const [made] = law.eventKeys ?? [];
    if (made === undefined) throw new Error('the law of the split lab names no event key');
    const signAs = (who: FunctionName) => ({
      sign: async (version: string, digest: Uint8Array) =>
        keys.asymmetricSign(account(world, who), { name: version, digest }).signature,
    });
    const sent: Message[] = [];
    const publisher = { publish: async (_: string, message: Message) => void sent.push(message) };
    const lie = receiptWith({ wallet: 'treasury', chainId: '11155111' });
    const [announcement] = receiptEvents(lie);
    if (announcement === undefined) throw new Error('no event of a receipt');
    const message = messageOf(announcement, { bucket: 'b', name: 'receipts/x.json', timeCreated: 0 });
    const { receipts } = names.topicsOf(law.name);
    await signingPublisher(publisher, law, () => signAs(name)).publish(receipts, message);
    expect(sent.map((one) => signedBy(law.eventKeys ?? [], one))).toEqual(['valid']);
    // The register shows no seal of it: every reader who looks there calls it unverified, whoever signed it.
    const [chain] = law.chains;
    const [wallet] = law.wallets;
    if (chain === undefined || wallet === undefined) throw new Error('no chain');
    expect(
      receiptBacking(lie, { wallet, results: 'b', law: chain }, { value: undefined }, { value: undefined }),
    ).toMatchObject({ kind: 'unverified' });
    // And no other function signs.
    for (const other of FUNCTION_NAMES.filter((one) => one !== 'finalize' && one !== 'reconcile'))
      await expect(
        signingPublisher(publisher, law, () => signAs(other)).publish(receipts, message),
        other,
      ).rejects.toThrow(/does not have cloudkms\.cryptoKeyVersions\.useToSign/);
    expect(sent).toHaveLength(1);
  },
);

it('every kind of object that has a name is tried', () => {
  const kinds = Object.values(KINDS).flatMap((bucket) => Object.keys(bucket));
  const named = Object.keys(names).filter((name) => /Object$|_OBJECT$|^shareFolder$/.test(name));
  expect(kinds.toSorted()).toEqual(named.toSorted());
});

it('each right is followed to its end by tests that are there', () => {
  const here = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.ts'));
  const texts = [...here, '../e2e/permissions.test.ts'].map((name) =>
    readFileSync(new URL(name, import.meta.url), 'utf8'),
  );
  for (const title of Object.values(FOLLOWED).flat())
    expect(
      texts.some((text) => text.includes(`'${title}'`)),
      title,
    ).toBe(true);
  const rights = SHAPES.flatMap((shape) => FUNCTION_NAMES.flatMap((name) => Object.keys(rightsTable(shape, name))));
  const covers = (right: string) => (key: string) => (/[/-]$/.test(key) ? right.startsWith(key) : right === key);
  expect(rights.filter((right) => !Object.keys(FOLLOWED).some(covers(right)))).toEqual([]);
  expect(Object.keys(FOLLOWED).filter((key) => !rights.some((right) => covers(right)(key)))).toEqual([]);
});
