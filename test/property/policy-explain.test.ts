import { expect, test } from 'vitest';
import { judgePolicy } from '#core/policy.ts';
import { type Explanation, explainPolicy } from '#core/policy-explain.ts';
import type { Verdict } from '#core/verdict.ts';
import { parseLaw } from '#schemas/config.ts';
import { DESTINATION, plainLaw, plainWallet, requestOf, splitOf } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';

const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const TOKEN = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const word = (value: bigint | string): string => BigInt(value).toString(16).padStart(64, '0');
const transfer = (amount: bigint, tail = ''): string => `0xa9059cbb${word(OTHER)}${word(amount)}${tail}`;
const bytes = (data: string): string => {
  const plain = data.slice(2);
  return `${word(BigInt(plain.length / 2))}${plain.padEnd(Math.ceil(plain.length / 64) * 64, '0')}`;
};
/** multicall(bytes[]) of some calls, put together by hand. */
const multicall = (calls: readonly string[]): string => {
  const parts = calls.map(bytes);
  const offsets = parts.map((_, i) =>
    word(BigInt(32 * calls.length + parts.slice(0, i).reduce((sum, one) => sum + one.length / 2, 0))),
  );
  return `0xac9650d8${word(32n)}${word(BigInt(calls.length))}${offsets.join('')}${parts.join('')}`;
};

const small = fc.bigInt({ min: 0n, max: 8n });
const amount = small.map(String);
const cap = fc.record({ chainId: fc.constant('31337'), token: fc.constant('USDC'), maxUnits: amount });
const destinations = fc.uniqueArray(fc.constantFrom('*', DESTINATION, OTHER, TOKEN), { minLength: 1 });
const allow = fc.record(
  {
    effect: fc.constant('allow'),
    destinations,
    maxValueWei: amount,
    maxFeeWei: amount,
    opaque: fc.boolean(),
    approvals: fc.integer({ min: 2, max: 3 }),
    tokens: fc.oneof(fc.constant('any'), fc.tuple(cap)),
  },
  { requiredKeys: ['effect', 'destinations'] },
);
const denying = fc.record(
  {
    effect: fc.constant('deny'),
    destinations,
    selectors: fc.uniqueArray(fc.constantFrom('0x', '0xa9059cbb', '0x12345678'), { minLength: 1 }),
  },
  { requiredKeys: ['effect', 'destinations', 'selectors'] },
);
const policy = fc.record(
  {
    rules: fc
      .array(fc.oneof({ weight: 4, arbitrary: allow }, { weight: 1, arbitrary: denying }), {
        minLength: 1,
        maxLength: 6,
      })
      .map((rules) => rules.map((one, n) => ({ name: `rule-${n}`, ...one }))),
    windows: fc
      .array(
        fc.oneof(
          amount.map((maxWei) => ({ seconds: 60, maxWei })),
          cap.map((one) => ({ seconds: 60, ...one })),
        ),
        { maxLength: 2 },
      )
      .map((list) => list.map((one, n) => ({ name: `window-${n}`, ...one }))),
    pinNonceAboveWei: amount,
    requesterSignature: fc.constantFrom('optional', 'optional', 'optional', 'required'),
  },
  { requiredKeys: ['rules', 'windows'] },
);
const inner = fc.array(
  small.map((units) => transfer(units)),
  { maxLength: 3 },
);
const asked = fc.record({
  to: fc.constantFrom(DESTINATION, OTHER, TOKEN),
  value: amount,
  gasLimit: amount,
  maxFeePerGas: fc.constant('1'),
  maxPriorityFeePerGas: fc.constant('1'),
  nonce: fc.constantFrom('', '3'),
  requester: fc.constantFrom('dapp', OTHER),
  data: fc.oneof(
    fc.constantFrom('0x', '0x12345678', '0x00'),
    small.map((units) => transfer(units)),
    small.map((units) => transfer(units, '00')),
    inner.map(multicall),
    inner.map((calls) => multicall([multicall(calls), ...calls])),
  ),
});

/** Worked out again from what the explanation tells of rules and windows, and not from the verdicts in it. */
const conclusion = (
  { requester, calls, windows, nonce }: Explanation,
  threshold: number,
): Verdict['kind'] | Verdict => {
  if (requester !== undefined) return 'denied';
  const allowing = calls.map(({ findings }) =>
    findings.some(({ kind }) => kind === 'denies') ? undefined : findings.find(({ kind }) => kind === 'allows')?.rule,
  );
  if (allowing.includes(undefined)) return 'denied';
  if (windows.some(({ amount: takes, most }) => takes > most) || nonce !== undefined) return 'denied';
  const approvals = Math.max(threshold, ...allowing.map((rule) => rule?.approvals ?? 0));
  return { kind: 'allowed', rule: allowing[0]?.name ?? '', approvals };
};

const SPLIT = splitOf(2, 3);
const CHAIN = {
  chainId: '31337',
  name: 'anvil',
  finality: { kind: 'finalized' },
  trusted: true,
  tokens: [{ address: TOKEN, symbol: 'USDC', decimals: 6 }],
};

/** An explanation that differs from the verdict would make people sign what they did not mean. */
test('policy: what is explained comes to what is judged, of random laws and requests', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(policy, asked, (rules, over) => {
      const { law } = parseLaw(plainLaw([plainWallet(SPLIT, { policy: rules })], { chains: [CHAIN] }));
      const [wallet] = law.wallets;
      if (wallet === undefined) throw new Error('no wallet');
      const request = requestOf(over);
      const verdict = judgePolicy(request, wallet, law);
      const explained = explainPolicy(request, wallet, law);
      const found = conclusion(explained, wallet.threshold);
      if (verdict.kind === 'allowed') expect(found).toEqual(verdict);
      else expect(found).toBe('denied');
      expect(explained.verdict).toEqual(verdict);
      for (const { findings } of explained.calls)
        for (const finding of findings) {
          if (finding.kind !== 'exceeded') continue;
          expect(finding.misses.length).toBeGreaterThan(0);
          for (const { given, most } of finding.misses)
            if (given !== undefined && most !== undefined) expect(given).toBeGreaterThan(most);
        }
      const kinds = [
        verdict.kind,
        `${explained.calls.length > 1}`,
        ...explained.calls.flatMap(({ findings }) => findings.map(({ kind }) => kind)),
      ];
      for (const kind of new Set(kinds)) seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { numRuns: 1000 },
  );
  // The cases are not all of one kind.
  for (const kind of ['allowed', 'denied', 'true', 'denies', 'passed over', 'allows', 'exceeded', 'other destination'])
    expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(10);
});
