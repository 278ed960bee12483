import { Transaction } from 'ethers';
import { expect, test } from 'vitest';
import { judgePolicy } from '#core/policy.ts';
import type { StoredObject } from '#core/ports.ts';
import { addressOfKey } from '#core/shares/address.ts';
import { shareState } from '#core/shares/quorum.ts';
import { ceilingOf, firstRung, rungFees } from '#core/transaction/fees.ts';
import { type GasProblem, gasProblems, neededGas } from '#core/transaction/gas-rules.ts';
import type { AccountExists } from '#core/transaction/gas-schedule.ts';
import { signedBytesProblem } from '#core/transaction/read-back.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import type { ChainLaw, Wallet } from '#schemas/config.ts';
import { type GasRules, gasRulesOf } from '#schemas/gas-rules.ts';
import { DESTINATION, HOLDERS, LAB, requestOf, secretOf, splitOf, walletOf } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';
import { signRung } from '#test/support/sign.ts';

const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const plainChain: ChainLaw = {
  chainId: '1',
  name: 'one',
  finality: { kind: 'finalized' },
  trusted: false,
  tokens: [],
};
const uint = (bits: bigint) => fc.oneof(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }));
const fees = fc.tuple(uint(256n), uint(256n)).map(([a, b]) => (a < b ? { tip: a, fee: b } : { tip: b, fee: a }));
const request = fc
  .record({
    fees,
    type: fc.constantFrom('0', '1', '2'),
    value: uint(256n),
    gasLimit: uint(64n),
    chainId: fc.bigInt({ min: 1n, max: 2n ** 62n }),
    creation: fc.boolean(),
    data: fc.uint8Array({ maxLength: 100 }),
  })
  .map(({ fees: { tip, fee }, type, value, gasLimit, chainId, creation, data }) =>
    requestOf({
      type,
      to: creation ? '' : DESTINATION,
      data: `0x${creation ? '60' : ''}${Buffer.from(data).toString('hex')}`,
      value: value.toString(),
      gasLimit: gasLimit.toString(),
      chainId: chainId.toString(),
      maxFeePerGas: fee.toString(),
      maxPriorityFeePerGas: type === '2' ? tip.toString() : '',
    }),
  );

test('the ladder: 1 to 5 rungs, the ceiling last, each replaceable by the next in every node', () => {
  fc.assert(
    fc.property(request, (one) => {
      const rungs = rungFees(one);
      const top = rungs.at(-1);
      expect(rungs.length).toBeGreaterThanOrEqual(1);
      expect(rungs.length).toBeLessThanOrEqual(5);
      expect(top?.maxFeePerGas).toBe(BigInt(one.maxFeePerGas));
      expect(top?.maxPriorityFeePerGas).toBe(BigInt(one.type === '2' ? one.maxPriorityFeePerGas : one.maxFeePerGas));
      for (const [i, rung] of rungs.entries()) {
        expect(rung.maxPriorityFeePerGas <= rung.maxFeePerGas).toBe(true);
        const next = rungs[i + 1];
        if (next === undefined) continue;
        for (const kind of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
          expect(next[kind] * 1000n >= rung[kind] * 1125n).toBe(true);
          expect(next[kind] > rung[kind]).toBe(true);
          // geth: at least old × 110 / 100, rounded down; reth: above it.
          expect(next[kind] > (rung[kind] * 110n) / 100n).toBe(true);
          expect(rung[kind] >= 1n).toBe(true);
        }
      }
      // As many as there can be: a shorter ladder ends because its next step down would pay nothing.
      const [lowest] = rungs;
      if (rungs.length < 5 && lowest !== undefined)
        expect((lowest.maxPriorityFeePerGas * 2n) / 3n < 1n || (lowest.maxFeePerGas * 2n) / 3n < 1n).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('the first rung never falls while the base fee rises, and covers it unless it is the last', () => {
  fc.assert(
    fc.property(request, uint(130n), uint(130n), (one, a, b) => {
      const rungs = rungFees(one);
      const [low, high] = a < b ? [a, b] : [b, a];
      const first = firstRung(rungs, high);
      expect(firstRung(rungs, low)).toBeLessThanOrEqual(first);
      if (first < rungs.length - 1) expect((rungs[first]?.maxFeePerGas ?? 0n) * 8n >= high * 9n).toBe(true);
    }),
  );
});

test('every rung signs, reads back as the request, and differs from the others', () => {
  const secret = secretOf(5);
  const from = addressOfKey(secret);
  fc.assert(
    fc.property(request, fc.maxSafeNat(), (one, nonce) => {
      const rungs = rungsOf(one, BigInt(nonce));
      const signed = rungs.map((rung) => signRung(rung, secret, from));
      for (const [n, { raw, hash }] of signed.entries()) {
        expect(Transaction.from(raw).hash).toBe(hash);
        const approved = { request: one, nonce: BigInt(nonce), fees: rungs[n]?.fees ?? ceilingOf(one), from };
        expect(signedBytesProblem(raw, approved)).toBeUndefined();
        expect(signedBytesProblem(raw, { ...approved, nonce: BigInt(nonce) + 1n })).toBe('nonce');
      }
      expect(new Set(signed.map(({ hash }) => hash)).size).toBe(signed.length);
    }),
    { numRuns: 40 },
  );
});

const gasRules = fc
  .record({ chainId: fc.constantFrom('1', '10', '31337', '7'), date: fc.option(fc.integer({ min: -30, max: 30 })) })
  .map(({ chainId, date }): GasRules => {
    const at = date === null ? undefined : Date.parse('2030-01-01T00:00:00Z') + date * 43_200_000;
    return {
      ...gasRulesOf({ ...plainChain, chainId }),
      forks: [
        { name: 'osaka', at: undefined },
        { name: 'amsterdam', at },
      ],
    };
  });
const accountExists = fc.constantFrom<AccountExists>('yes', 'no', 'unknown');
const ofGas = (problems: readonly GasProblem[]) => problems.filter(({ field }) => field === 'gasLimit');

test('the gas that is needed is admitted and one less is not', () => {
  fc.assert(
    fc.property(request, gasRules, accountExists, (one, rules, exists) => {
      const question = { from: OTHER, accountExists: exists, at: 0 };
      const { gas } = neededGas(one, rules, question);
      expect(ofGas(gasProblems({ ...one, gasLimit: `${gas}` }, rules, question))).toEqual([]);
      expect(ofGas(gasProblems({ ...one, gasLimit: `${gas - 1n}` }, rules, question))[0]?.reason).toMatch(`${gas}`);
      expect(gas).toBeGreaterThanOrEqual(21_000n);
    }),
  );
});

test('what is admitted once is admitted until it is signed, and whatever a node says of its destination', () => {
  fc.assert(
    fc.property(
      request,
      gasRules,
      fc.nat({ max: 40 * 86_400_000 }),
      fc.nat({ max: 40 * 86_400_000 }),
      (one, rules, a, b) => {
        const [sooner, later] = a < b ? [a, b] : [b, a];
        const end = Date.parse(one.validUntil);
        const need = (at: number, exists: AccountExists) =>
          neededGas(one, rules, { from: OTHER, accountExists: exists, at }).gas;
        const first = need(end - later, 'unknown');
        for (const exists of ['yes', 'no', 'unknown'] as const)
          expect(need(end - sooner, exists)).toBeLessThanOrEqual(first);
        expect(need(end - later, 'no')).toBe(first);
      },
    ),
  );
});

const wei = fc.bigInt({ min: 0n, max: 8n }).map(String);
const plainRule = fc.record(
  {
    effect: fc.constantFrom('allow', 'allow', 'allow', 'deny'),
    destinations: fc.uniqueArray(fc.constantFrom('*', 'create', DESTINATION, OTHER), { minLength: 1 }),
    maxValueWei: wei,
    maxFeeWei: wei,
    selectors: fc.uniqueArray(fc.constantFrom('0x', '0x12345678', '0x00000000'), { minLength: 1 }),
    approvals: fc.integer({ min: 2, max: 3 }),
    opaque: fc.boolean(),
  },
  { requiredKeys: ['effect', 'destinations'] },
);
type PlainRule = typeof plainRule extends fc.Arbitrary<infer T> ? T : never;
const split = splitOf(2, 3);
const lawful = (rules: readonly PlainRule[]): readonly Record<string, unknown>[] =>
  rules.map(({ effect, destinations, selectors, opaque = false, ...limits }, i) => {
    const calls = selectors === undefined ? destinations : destinations.filter((one) => one !== 'create');
    return {
      name: `rule-${i}`,
      effect,
      destinations: calls.length > 0 ? calls : [OTHER],
      ...(selectors === undefined ? {} : { selectors }),
      // The law refuses selectors that are no known functions, unless the rule admits what it cannot read.
      ...(effect === 'allow' ? { ...limits, opaque: opaque || selectors?.some((one) => one !== '0x') === true } : {}),
    };
  });
const asked = fc
  .record({
    to: fc.constantFrom('', DESTINATION, OTHER),
    value: wei,
    gasLimit: wei,
    data: fc.constantFrom('0x', '0x00', '0x12345678', '0x1234567800'),
  })
  .filter(({ to, data }) => to !== '' || data !== '0x')
  .map((over) => requestOf({ ...over, maxFeePerGas: '1', maxPriorityFeePerGas: '1' }));
const judged = fc.record({ rules: fc.array(plainRule, { minLength: 1, maxLength: 5 }).map(lawful), one: asked });

test('policy: an allowed request meets every limit of the rule named; a denied one meets no allow rule or some deny rule', () => {
  fc.assert(
    fc.property(judged, ({ rules, one }) => {
      const wallet = walletOf(split, { policy: { rules } });
      const verdict = judgePolicy(one, wallet, LAB);
      const fits = (rule: Wallet['policy']['rules'][number]) => {
        const everywhere = rule.destinations.includes('*') && (one.to !== '' || rule.effect === 'deny');
        const there = everywhere || rule.destinations.includes(one.to === '' ? 'create' : one.to);
        const short = one.data.length > 2 && one.data.length < 10;
        const selector = short ? (rule.effect === 'deny' ? '0x00000000' : 'none') : one.data.slice(0, 10);
        const call = rule.selectors === undefined || (one.to !== '' && rule.selectors.includes(selector));
        const readable = one.to === '' || one.data === '0x' || rule.effect === 'deny' || rule.opaque === true;
        const value = BigInt(one.value) <= BigInt(rule.maxValueWei ?? 2n ** 256n);
        return there && call && readable && value && BigInt(one.gasLimit) <= BigInt(rule.maxFeeWei ?? 2n ** 256n);
      };
      const fitting = wallet.policy.rules.filter(fits);
      const allowed = fitting.length > 0 && fitting.every(({ effect }) => effect === 'allow');
      expect(verdict.kind).toBe(allowed ? 'allowed' : 'denied');
      if (verdict.kind === 'allowed') {
        expect(verdict.rule).toBe(fitting[0]?.name);
        expect(verdict.approvals).toBe(fitting[0]?.approvals ?? 2);
      } else expect(['default', ...wallet.policy.rules.map(({ name }) => name)]).toContain(verdict.rule);
    }),
    { numRuns: 400 },
  );
});

test('policy: a deny rule for everything denies everything, wherever it is put', () => {
  fc.assert(
    fc.property(judged, fc.nat(5), ({ rules, one }, at) => {
      const stop = { name: 'stop', effect: 'deny', destinations: ['*'] };
      const wallet = walletOf(split, { policy: { rules: rules.toSpliced(at, 0, stop) } });
      expect(judgePolicy(one, wallet, LAB).kind).toBe('denied');
    }),
    { numRuns: 100 },
  );
});

const upload = fc
  .record({
    generation: fc.bigInt({ min: 1n, max: 20n }),
    size: fc.constantFrom(0, 1, 200, 8192, 8193),
    timeCreated: fc.nat(3),
  })
  .map(
    ({ generation, size, timeCreated }): StoredObject => ({
      bucket: 'lab-keys',
      name: `shares/${generation}`,
      generation: generation.toString(),
      metageneration: '1',
      size,
      timeCreated,
      metadata: {},
      live: true,
    }),
  );
const names = fc.constantFrom<string[]>('alice', 'bob', 'holder-3', 'holder-9');
const listing = fc
  .array(fc.tuple(names, fc.uniqueArray(upload, { selector: ({ generation }) => generation, maxLength: 9 })), {
    maxLength: 4,
  })
  .map((list) => new Map(list));
const quorum = fc.record({
  needed: fc.integer({ min: 2, max: 3 }),
  shares: listing,
  rejections: fc.array(names, { maxLength: 4 }).map((list) => new Set(list)),
  initiators: fc.array(names, { maxLength: 2 }).map((list) => new Set(list)),
  knownBad: fc.array(fc.record({ coSigner: names, generation: fc.integer({ min: 1, max: 20 }).map(String) })),
});

test('quorum: only holders, at most five uploads each, none bad, none of a rejecter or initiator; order of listing is nothing', () => {
  const wallet = walletOf(split);
  fc.assert(
    fc.property(quorum, (input) => {
      const state = shareState({ wallet, ...input });
      const reversed = new Map(
        [...input.shares].toReversed().map(([name, list]) => [name, list.toReversed()] as const),
      );
      expect(shareState({ wallet, ...input, shares: reversed }).uploads).toEqual(state.uploads);
      expect(state.uploads.map(({ coSigner }) => coSigner)).toEqual(HOLDERS.slice(0, 3));
      for (const { coSigner, objects } of state.uploads) {
        const isOut = input.rejections.has(coSigner) || input.initiators.has(coSigner);
        expect(objects.length).toBeLessThanOrEqual(isOut ? 0 : 5);
        expect(objects.every(({ size }) => size > 0 && size <= 8192)).toBe(true);
        for (const { generation } of objects)
          expect(input.knownBad.some((bad) => bad.coSigner === coSigner && bad.generation === generation)).toBe(false);
      }
      expect(state.enough).toBe(state.countable.length >= input.needed);
      expect(state.enough && state.hopeless).toBe(false);
      const left = HOLDERS.slice(0, 3).filter((name) => !input.rejections.has(name) && !input.initiators.has(name));
      expect(state.hopeless).toBe(left.length < input.needed);
      expect(new Set([...state.countable, ...state.rejecters]).size).toBe(
        state.countable.length + state.rejecters.length,
      );
    }),
    { numRuns: 300 },
  );
});
