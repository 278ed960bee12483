import { gasProblems } from '#core/transaction/gas-rules.ts';
import { type AccountExists, leastGas } from '#core/transaction/gas-schedule.ts';
import type { ForkName } from '#schemas/chain.ts';
import { type GasRules, gasRulesOf } from '#schemas/gas-rules.ts';
import { HOT, requestOf, time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const MAX = (2n ** 256n - 1n).toString();

type Over = Readonly<Record<string, string>>;
const bytes = (count: number, byte: string): string => `0x${byte.repeat(count)}`;
const listOf = (addresses: number, keys: number): string =>
  JSON.stringify(
    Array.from({ length: addresses }, (_, n) => ({
      address: OTHER,
      storageKeys: n === 0 ? Array.from({ length: keys }, () => bytes(32, '01')) : [],
    })),
  );

interface Transfer {
  readonly fork: ForkName;
  readonly exists: AccountExists;
}

const need = (over: Over, { fork, exists }: Transfer): bigint =>
  leastGas(requestOf({ to: OTHER, value: '1', ...over }), HOT.address, fork, exists);

const osaka: Transfer = { fork: 'osaka', exists: 'no' };
const amsterdam: Transfer = { fork: 'amsterdam', exists: 'yes' };
const toNew: Transfer = { fork: 'amsterdam', exists: 'no' };
const notKnown: Transfer = { fork: 'amsterdam', exists: 'unknown' };

table('gas: the least limit with which a transaction can succeed before its first instruction', need, [
  ['Osaka: a transfer is 21000, to a new account too.', {}, osaka, 21_000n],
  ['Osaka: so is one of no value.', { value: '0' }, osaka, 21_000n],
  // 3 non-zero bytes and 1 zero byte are 13 tokens: floor 21130 beats 21052 (EIP-7623).
  ['Osaka: the floor of a short call.', { data: '0x12340056' }, osaka, 21_130n],
  ['Osaka: the floor of 1000 zero bytes is 31000.', { data: bytes(1000, '00') }, osaka, 31_000n],
  ['Osaka: a creation of 33 bytes, two words.', { to: '', data: bytes(33, '00') }, osaka, 53_136n],
  ['Osaka: the floor does not count what a creation pays.', { to: '', data: bytes(10_000, '00') }, osaka, 121_000n],
  ['Osaka: an access list.', { accessList: listOf(2, 2) }, osaka, 29_600n],
  ['Amsterdam: a transfer to an account that exists is 12000 + 3000 + 6000.', {}, amsterdam, 21_000n],
  ['Amsterdam: a new account adds 120 bytes of state at 1530 gas.', {}, toNew, 204_600n],
  ['Amsterdam: an account that nobody asked about counts as new.', {}, notKnown, 204_600n],
  ['Amsterdam: no value makes no account.', { value: '0' }, toNew, 15_000n],
  ['Amsterdam: the wallet itself exists, and pays neither touch nor value.', { to: HOT.address }, notKnown, 12_000n],
  [
    'Amsterdam: 1000 zero bytes without value are 15000 + 64 each.',
    { value: '0', data: bytes(1000, '00') },
    toNew,
    79_000n,
  ],
  ['Amsterdam: bytes of any kind are 64 in the floor.', { value: '0', data: bytes(1000, 'ff') }, amsterdam, 79_000n],
  [
    'Amsterdam: a new account may cost more than the floor.',
    { data: bytes(1000, 'ff') },
    toNew,
    // 21000 + 16 × 1000 + 183600, against a floor of 85000
    220_600n,
  ],
  [
    'Amsterdam: the floor may cost more than a new account.',
    { data: bytes(10_000, '00') },
    toNew,
    // 21000 + 64 × 10000, against 21000 + 4 × 10000 + 183600
    661_000n,
  ],
  ['Amsterdam: a creation makes an account, whoever says what.', { to: '', data: '0x00' }, amsterdam, 207_606n],
  // 21000 + 2 × (2900 + 20 × 64) + 2 × (2000 + 32 × 64)
  ['Amsterdam: an access list pays for its bytes.', { accessList: listOf(2, 2) }, amsterdam, 37_456n],
]);

const rules = (over: Partial<GasRules> = {}, chainId = '7'): GasRules => ({
  ...gasRulesOf({ chainId, name: 'one', finality: { kind: 'finalized' }, trusted: false, tokens: [] }),
  ...over,
});
const dated = (at: string): GasRules =>
  rules({
    forks: [
      { name: 'osaka', at: undefined },
      { name: 'amsterdam', at: time(at) },
    ],
  });
const osakaAlone = rules({ forks: [{ name: 'osaka', at: undefined }] });

interface Asked {
  readonly request: Over;
  readonly exists?: AccountExists;
  /** Now; the request is valid until 2030-01-01T00:00:00Z. */
  readonly at?: string;
}

const verdict = (given: GasRules, { request, exists = 'unknown', at = '2029-12-31T12:00:00Z' }: Asked): string => {
  const one = requestOf({ to: OTHER, ...request });
  const found = gasProblems(one, given, { from: HOT.address, accountExists: exists, at: time(at) });
  return found.map(({ field, reason }) => `${field}: ${reason}`).join('; ') || 'none';
};

table('gas: which fork counts', verdict, [
  ['Of a chain with Osaka alone, a transfer needs 21000.', osakaAlone, { request: { gasLimit: '21000' } }, 'none'],
  [
    'One less is refused with the number.',
    osakaAlone,
    { request: { gasLimit: '20999' } },
    'gasLimit: is below 21000, the gas that it needs under osaka',
  ],
  [
    'A fork without a date counts from now on.',
    rules(),
    { request: { gasLimit: '204599' } },
    'gasLimit: is below 204600, the gas that it needs under amsterdam, if the destination is a new account',
  ],
  ['What it needs is enough.', rules(), { request: { gasLimit: '204600' } }, 'none'],
  ['To an account that exists 21000 is enough.', rules(), { request: { gasLimit: '21000' }, exists: 'yes' }, 'none'],
  [
    'To an account that is known to be new, the reason says so.',
    rules(),
    { request: { gasLimit: '21000' }, exists: 'no' },
    'gasLimit: is below 204600, the gas that it needs under amsterdam: the destination is a new account',
  ],
  [
    'A newer fork that asks for less lowers nothing: nodes differ about it.',
    rules(),
    { request: { value: '0', gasLimit: '20999' } },
    'gasLimit: is below 21000, the gas that it needs under osaka',
  ],
  [
    'More than a day after the last moment of signing, a fork does not count.',
    dated('2030-01-02T00:00:01Z'),
    { request: { gasLimit: '21000' } },
    'none',
  ],
  [
    'A day after the last moment of signing it does.',
    dated('2030-01-02T00:00:00Z'),
    { request: { gasLimit: '21000' } },
    'gasLimit: is below 204600, the gas that it needs under amsterdam, if the destination is a new account',
  ],
  [
    'A day after its date the older one counts as well.',
    dated('2029-12-30T12:00:00Z'),
    { request: { value: '0', gasLimit: '15000' } },
    'gasLimit: is below 21000, the gas that it needs under osaka',
  ],
  [
    'Past its validity a request is judged by now.',
    dated('2030-01-05T00:00:00Z'),
    { request: { gasLimit: '21000' }, at: '2030-01-04T00:00:00Z' },
    'gasLimit: is below 204600, the gas that it needs under amsterdam, if the destination is a new account',
  ],
]);

table('gas: where nodes read a fork in two ways, both must take it', verdict, [
  [
    'EIP-2780 begins the floor at 15000, EIP-7976 by itself at 21000.',
    rules(),
    { request: { value: '0', data: bytes(1000, '00'), gasLimit: '79000' } },
    'gasLimit: is below 85000, the gas that it needs under amsterdam',
  ],
  [
    // 21000 + 9000 + 183600 + 4 + 2, against 12000 + 12000 + 183600 + 4 + 2
    'A creation pays 9000 above 21000, or 12000 above 12000.',
    rules(),
    { request: { to: '', data: '0x00', gasLimit: '213605' } },
    'gasLimit: is below 213606, the gas that it needs under amsterdam',
  ],
]);

const gwei = (count: number): string => `${count}000000000`;
const enough = { gasLimit: '204600' };

table('gas: what else a chain asks for', verdict, [
  ['2^24 gas is the most of one transaction.', rules(), { request: { gasLimit: '16777216' } }, 'none'],
  [
    'One more is refused with the number.',
    rules(),
    { request: { gasLimit: '16777217' } },
    'gasLimit: is above 16777216, the most gas of one transaction on chain 7',
  ],
  ['Arbitrum One takes 32,000,000.', rules({}, '42161'), { request: { gasLimit: '32000000' } }, 'none'],
  [
    'A transaction that needs more than the chain takes is refused whatever its limit.',
    rules({ maxTransactionGas: 100_000n }),
    { request: { gasLimit: '100001' } },
    'gasLimit: is below 204600, the gas that it needs under amsterdam, if the destination is a new account; gasLimit: is above 100000, the most gas of one transaction on chain 7',
  ],
  [
    'A tip below the least of the chain.',
    rules({}, '137'),
    { request: { ...enough, maxFeePerGas: gwei(60), maxPriorityFeePerGas: '24999999999' } },
    'maxPriorityFeePerGas: is below 25000000000 wei, the least tip on chain 137',
  ],
  [
    'A tip of exactly the least.',
    rules({}, '137'),
    { request: { ...enough, maxFeePerGas: gwei(60), maxPriorityFeePerGas: gwei(25) } },
    'none',
  ],
  [
    'A gas price is a tip, too.',
    rules({}, '137'),
    { request: { ...enough, type: '0', maxFeePerGas: '24999999999', maxPriorityFeePerGas: '' } },
    'maxFeePerGas: is below 25000000000 wei, the least tip on chain 137',
  ],
  [
    'A type that the chain does not take.',
    rules({ transactionTypes: ['0', '1'] }),
    { request: enough },
    'type: must be 0 or 1 on chain 7',
  ],
  [
    'The fee fits into 256 bits, the sum does not.',
    rules(),
    { request: { ...enough, value: MAX, maxFeePerGas: '1', maxPriorityFeePerGas: '1' } },
    `value: value + gasLimit × maxFeePerGas, ${2n ** 256n - 1n + 204_600n} wei, must stay below 2^256`,
  ],
  [
    'Value and fee may add up to the most that 256 bits hold.',
    rules(),
    { request: { ...enough, value: `${2n ** 256n - 1n - 204_600n}`, maxFeePerGas: '1', maxPriorityFeePerGas: '1' } },
    'none',
  ],
  [
    'The data fee counts, where there is one.',
    rules({}, '10'),
    { request: { ...enough, value: `${2n ** 256n - 1n - 204_600n}`, maxFeePerGas: '1', maxPriorityFeePerGas: '1' } },
    `value: value + gasLimit × maxFeePerGas + data fee, ${2n ** 256n - 1n + 10n ** 15n} wei, must stay below 2^256`,
  ],
  [
    'The fee alone does not fit.',
    rules(),
    { request: { ...enough, maxFeePerGas: MAX, maxPriorityFeePerGas: '1' } },
    `maxFeePerGas: gasLimit × maxFeePerGas, ${204_600n * (2n ** 256n - 1n)} wei, must stay below 2^256`,
  ],
]);
