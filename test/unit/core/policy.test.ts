import { Wallet as EthersWallet } from 'ethers';
import { describe, expect, test } from 'vitest';
import { judgePolicy, mostFeeWei } from '#core/policy.ts';
import { typedRequest } from '#schemas/digest.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { BUCKET, DESTINATION, LAB, requestOf, splitOf, walletOf } from '#test/support/law.ts';

const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const ETH = 10n ** 18n;
const split = splitOf(2, 3);
type Rule = Record<string, unknown>;

const judge = (rules: readonly Rule[], over: Record<string, string> = {}, policy: Rule = {}) =>
  judgePolicy(requestOf(over), walletOf(split, { policy: { rules, ...policy } }), LAB);
const allow = (name: string, over: Rule = {}): Rule => ({ name, effect: 'allow', destinations: ['*'], ...over });
const denial = (name: string, over: Rule = {}): Rule => ({ name, effect: 'deny', destinations: ['*'], ...over });
const denied = (rule: string, field: string, reason: unknown, code = 'POLICY_DENIED') => ({
  kind: 'denied',
  code,
  field,
  rule,
  reason,
});
const CREATION = { to: '', data: '0x095ea7b300', gasLimit: '90000' };

describe('denied', () => {
  test('by default: no rule for this destination', () => {
    expect(judge([allow('known', { destinations: [OTHER] })])).toEqual(
      denied('default', 'to', `no rule of wallet hot allows destination ${DESTINATION}`),
    );
  });

  test('an address in another case is no way round: only one spelling is parsed', () => {
    expect(() => judge([denial('x', { destinations: [OTHER] }), allow('any')], { to: OTHER.toLowerCase() })).toThrow();
  });

  test('by an explicit deny, wherever it stands', () => {
    const wanted = denied('never', 'to', `rule never denies destination ${DESTINATION} with this call`);
    expect(judge([allow('any'), denial('never', { destinations: [DESTINATION] })])).toEqual(wanted);
    expect(judge([denial('never', { destinations: [OTHER, DESTINATION] }), allow('any')])).toEqual(wanted);
  });

  test('a deny for another destination or call changes nothing', () => {
    const rules = [denial('a', { destinations: [OTHER] }), denial('b', { selectors: ['0x095ea7b3'] }), allow('any')];
    expect(judge(rules)).toMatchObject({ kind: 'allowed', rule: 'any' });
  });

  test('value above the cap, naming rule, cap and value in wei and ETH', () => {
    expect(judge([allow('small', { maxValueWei: '500000000000000000' })])).toEqual(
      denied(
        'small',
        'value',
        'value 1000000000000000000 wei (1 ETH) exceeds the cap of rule small, 500000000000000000 wei (0.5 ETH)',
      ),
    );
  });

  test('fee above the ceiling: gasLimit × maxFeePerGas', () => {
    expect(judge([allow('cheap', { maxFeeWei: '629999999999999' })])).toEqual(
      denied(
        'cheap',
        'maxFeePerGas',
        'gasLimit × maxFeePerGas, 630000000000000 wei (0.00063 ETH), exceeds the fee ceiling of rule cheap, 629999999999999 wei (0.000629999999999999 ETH)',
      ),
    );
  });

  test('both: both are told, the first names the field', () => {
    const verdict = judge([allow('small', { maxValueWei: '1', maxFeeWei: '1' })]);
    expect(verdict).toEqual(denied('small', 'value', expect.stringMatching(/exceeds the cap.*; and gasLimit ×/)));
  });

  test('another call than those admitted', () => {
    const rules = [allow('token', { selectors: ['0xa9059cb0'], opaque: true })];
    for (const data of ['0x', '0xa9', '0xa9059c', '0xa9059cba', '0x095ea7b0'])
      expect(judge(rules, { data })).toEqual(
        denied('token', 'data', 'the call is none of those that rule token admits'),
      );
  });

  test('three bytes are not the call that they become when filled up', () => {
    const rules = [allow('token', { selectors: ['0xa9059c00'], opaque: true })];
    expect(judge(rules, { data: '0xa9059c' })).toMatchObject({ kind: 'denied', field: 'data' });
    expect(judge(rules, { data: '0xa9059c00' })).toMatchObject({ kind: 'allowed' });
  });

  test('a creation is not admitted by "*", nor by a rule for calls', () => {
    const wanted = denied('default', 'to', 'no rule of wallet hot allows contract creation');
    expect(judge([allow('any')], CREATION)).toEqual(wanted);
    expect(judge([allow('calls', { selectors: ['0x095ea7b3'] })], CREATION)).toEqual(wanted);
  });

  test('"*" denies a creation too', () => {
    expect(judge([denial('freeze'), allow('create', { destinations: ['create'] })], CREATION)).toEqual(
      denied('freeze', 'to', 'rule freeze denies contract creation with this call'),
    );
  });

  test.each(['0x095ea700', '0x095ea7', '0x095ea70000'])('calldata %s does not evade a deny of 0x095ea700', (data) => {
    const rules = [denial('never', { selectors: ['0x095ea700'] }), allow('any')];
    expect(judge(rules, { data })).toMatchObject({ kind: 'denied', rule: 'never' });
  });
});

describe('the nearest rule is the one that is named', () => {
  const small = allow('small', { maxValueWei: '1' });
  const large = allow('large', { maxValueWei: '2' });
  const call = allow('call', { selectors: ['0xa9059cb0'], opaque: true });
  const narrow = allow('narrow', { maxValueWei: '3', maxFeeWei: '1' });

  test.each([
    ['the highest cap', [small, large], 'large'],
    ['the highest cap, in any order', [large, small], 'large'],
    ['a rule for this call before one for another', [call, small], 'small'],
    ['the fewest limits exceeded', [narrow, small], 'small'],
    ['a rule without a cap before one with', [large, allow('fee', { maxFeeWei: '1' })], 'fee'],
  ])('%s', (_, rules, name) => {
    expect(judge(rules)).toMatchObject({ kind: 'denied', rule: name });
  });
});

describe('allowed', () => {
  test('exactly at cap and ceiling, with the threshold', () => {
    const rules = [allow('exact', { maxValueWei: ETH.toString(), maxFeeWei: '630000000000000' })];
    expect(judge(rules)).toEqual({ kind: 'allowed', rule: 'exact', approvals: 2 });
  });

  test('the first rule that fits decides how many approve', () => {
    const rules = [
      allow('small', { maxValueWei: ETH.toString() }),
      allow('large', { maxValueWei: (5n * ETH).toString(), approvals: 3 }),
    ];
    expect(judge(rules)).toEqual({ kind: 'allowed', rule: 'small', approvals: 2 });
    expect(judge(rules, { value: (ETH + 1n).toString() })).toEqual({ kind: 'allowed', rule: 'large', approvals: 3 });
  });

  test('a plain transfer by selector 0x, a call by its first four bytes', () => {
    const rules = [allow('plain', { selectors: ['0x'] }), allow('token', { selectors: ['0xa9059cb0'], opaque: true })];
    expect(judge(rules)).toMatchObject({ kind: 'allowed', rule: 'plain' });
    expect(judge(rules, { data: '0xa9059cb001' })).toMatchObject({ kind: 'allowed', rule: 'token' });
    expect(judge(rules, { data: '0xa9059cb0' })).toMatchObject({ kind: 'allowed', rule: 'token' });
  });

  test('a creation by "create", and not by a deny of a selector that its code happens to begin with', () => {
    const rules = [denial('never', { selectors: ['0x095ea7b3'] }), allow('make', { destinations: ['create'] })];
    expect(judge(rules, CREATION)).toMatchObject({ kind: 'allowed', rule: 'make' });
  });
});

describe('pinNonceAboveWei', () => {
  const pinned = { pinNonceAboveWei: (ETH - 1n).toString() };

  test('above it a nonce must be named', () => {
    expect(judge([allow('any')], {}, pinned)).toEqual(
      denied(
        'pinNonceAboveWei',
        'nonce',
        'must be given for a value above 999999999999999999 wei (0.999999999999999999 ETH); this one is 1000000000000000000 wei (1 ETH)',
        'NONCE_REQUIRED',
      ),
    );
    expect(judge([allow('any')], { nonce: '0' }, pinned)).toMatchObject({ kind: 'allowed' });
  });

  test('at it, none', () => {
    expect(judge([allow('any')], { value: (ETH - 1n).toString() }, pinned)).toMatchObject({ kind: 'allowed' });
  });

  test('a request that is denied anyway is told so', () => {
    expect(judge([denial('never')], {}, pinned)).toMatchObject({ code: 'POLICY_DENIED', rule: 'never' });
  });
});

describe('the requester', () => {
  const signer = new EthersWallet(`0x${'11'.repeat(32)}`);
  const stranger = new EthersWallet(`0x${'22'.repeat(32)}`);
  const required = { requesterSignature: 'required', requesters: [signer.address] };
  const wallet = walletOf(split, { policy: { rules: [allow('any')], ...required } });
  const optional = walletOf(split, { policy: { rules: [allow('any')] } });

  const signed = async (by: EthersWallet, over: Record<string, string> = {}, bucket = BUCKET) => {
    const unsigned = requestOf({ requester: by.address, ...over });
    const { domain, types, message } = typedRequest(unsigned, wallet.address, bucket);
    return { ...unsigned, requesterSignature: await by.signTypedData(domain, types, message) };
  };

  test('one of the requesters, signed: allowed, whether demanded or not', async () => {
    const request = await signed(signer);
    expect(judgePolicy(request, wallet, LAB)).toMatchObject({ kind: 'allowed', rule: 'any' });
    expect(judgePolicy(request, optional, LAB)).toMatchObject({ kind: 'allowed', rule: 'any' });
  });

  test('no signature: refused where demanded', () => {
    expect(judgePolicy(requestOf({ requester: signer.address }), wallet, LAB)).toEqual(
      denied(
        'requesterSignature',
        'requesterSignature',
        'wallet hot takes only requests that the requester has signed',
        'BAD_SIGNATURE',
      ),
    );
    expect(judgePolicy(requestOf(), optional, LAB)).toMatchObject({ kind: 'allowed' });
  });

  test('a stranger, rightly signed: not among the requesters', async () => {
    expect(judgePolicy(await signed(stranger), wallet, LAB)).toEqual(
      denied('requesters', 'requester', `${stranger.address} is not among the requesters of hot`),
    );
    expect(judgePolicy(await signed(stranger), optional, LAB)).toMatchObject({ kind: 'allowed' });
  });

  const wrong: [string, () => Promise<TransactionRequest>][] = [
    ['signed by another than the requester', () => signed(stranger, { requester: signer.address })],
    ['a requester that is no address', () => signed(signer, { requester: 'dapp' })],
    ['a field changed after signing', async () => ({ ...(await signed(signer)), value: '2' })],
    ['signed for another register', () => signed(signer, {}, 'other-register')],
    ['zeros', async () => ({ ...(await signed(signer)), requesterSignature: `0x${'00'.repeat(65)}` })],
    ['ones', async () => ({ ...(await signed(signer)), requesterSignature: `0x${'ff'.repeat(65)}` })],
  ];
  test.each(wrong)('%s: BAD_SIGNATURE, even where no signature is demanded', async (_, make) => {
    const request = await make();
    for (const judged of [wallet, optional])
      expect(judgePolicy(request, judged, LAB)).toMatchObject({
        kind: 'denied',
        code: 'BAD_SIGNATURE',
        field: 'requesterSignature',
        rule: 'requesterSignature',
      });
  });
});

describe('the largest fee ceiling for a destination', () => {
  const most = (rules: unknown[], over: Record<string, string> = {}) =>
    mostFeeWei(requestOf(over), walletOf(split, { policy: { rules } }).policy);

  test.each<[string, unknown[], bigint | undefined]>([
    ['is that of the rule', [allow('any', { maxFeeWei: '7' })], 7n],
    ['is the largest of several', [allow('a', { maxFeeWei: '7' }), allow('b', { maxFeeWei: '9' })], 9n],
    ['is none where one rule has none', [allow('a', { maxFeeWei: '7' }), allow('b')], undefined],
    [
      'counts no rule for another destination',
      [allow('a', { maxFeeWei: '7' }), allow('b', { maxFeeWei: '9', destinations: ['create'] })],
      7n,
    ],
    ['is 0 where no rule allows it', [allow('b', { destinations: ['create'] })], 0n],
  ])('%s', (_, rules, wei) => {
    expect(most(rules)).toBe(wei);
  });
});
