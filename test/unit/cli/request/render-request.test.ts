import { Interface, MaxUint256, ZeroAddress } from 'ethers';
import { describe, expect, test } from 'vitest';
import { type Line, printable } from '#cli/app/output.ts';
import { wordsOf } from '#cli/request/code-words.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { feeLines, type Picture, requestReading } from '#cli/request/render-request.ts';
import { tokenCall } from '#cli/request/token-calls.ts';
import { rowsOf } from '#cli/request/told.ts';
import { warningTexts } from '#cli/request/warnings.ts';
import { walletNamed } from '#schemas/config.ts';
import { requestDigests } from '#schemas/digest.ts';
import type { RequestField } from '#schemas/request.ts';
import { BOB, configOf, idOf, NOW, requestOf, TOKEN, WALLET_ADDRESS } from '#test/support/cli/people.ts';

const plain = (line: Line): string =>
  (typeof line === 'string' || 'text' in line ? [line] : line)
    .map((span) => printable(typeof span === 'string' ? span : span.text))
    .join('');

const says = (over: Partial<Record<RequestField, string>>): string[] =>
  actionLines(requestOf(over), configOf().law).map(plain);

const erc20 = new Interface([
  'function transfer(address,uint256)',
  'function approve(address,uint256)',
  'function transferFrom(address,address,uint256)',
  'function setApprovalForAll(address,bool)',
]);
const call = (name: string, ...args: unknown[]) => erc20.encodeFunctionData(name, args);

describe('what a request asks', () => {
  test('a plain transfer', () => {
    expect(says({})).toEqual([`SEND 0.5 ETH (500000000000000000 wei) to ${BOB}`]);
  });

  test('a token transfer names amount and receiver, and promises nothing about the contract', () => {
    expect(says({ to: TOKEN, value: '0', data: call('transfer', BOB, 1_000_000n) })).toEqual([
      `CALL ${TOKEN}, sending no ETH`,
      `if ${TOKEN} is a token: transfer 1000000 of its smallest units to ${BOB}`,
      'the transaction does not say how many decimals the token has',
    ]);
  });

  test('transferFrom names both sides', () => {
    expect(says({ to: TOKEN, value: '0', data: call('transferFrom', BOB, WALLET_ADDRESS, 5n) })[1]).toBe(
      `if ${TOKEN} is a token: transferFrom: move 5 of its smallest units from ${BOB} to ${WALLET_ADDRESS} (own wallet treasury)`,
    );
  });

  test('an unlimited approval is called what it is', () => {
    expect(says({ to: TOKEN, value: '0', data: call('approve', BOB, MaxUint256) })[1]).toBe(
      `if ${TOKEN} is a token: approve: let ${BOB} spend ANY AMOUNT`,
    );
    expect(says({ to: TOKEN, value: '0', data: call('setApprovalForAll', BOB, true) })[1]).toBe(
      `if ${TOKEN} is a token: setApprovalForAll: give ${BOB} power over every token`,
    );
    expect(says({ to: TOKEN, value: '0', data: call('setApprovalForAll', BOB, false) })[1]).toBe(
      `if ${TOKEN} is a token: setApprovalForAll: take ${BOB} power over every token`,
    );
  });

  test('an unknown selector is said to be unknown, with size and first bytes', () => {
    expect(says({ to: TOKEN, value: '1', data: `0x12345678${'ab'.repeat(100)}` })).toEqual([
      `CALL ${TOKEN} and SEND it 0.000000000000000001 ETH (1 wei)`,
      'selector 0x12345678 is not one that keyturn can explain',
      `data of 104 bytes, beginning 0x12345678${'ab'.repeat(32)}…`,
    ]);
  });

  test('one to three bytes are no selector', () => {
    expect(says({ to: TOKEN, value: '0', data: '0xa9059c' })[1]).toBe('data of 3 bytes is no selector: 0xa9059c');
  });

  test('a contract creation', () => {
    expect(says({ to: '', value: '0', data: '0x6001' })).toEqual([
      'CREATE A CONTRACT',
      'init code of 2 bytes, beginning 0x6001',
    ]);
    expect(says({ to: '', value: '2', data: '0x6001' })[0]).toBe(
      'CREATE A CONTRACT and give it 0.000000000000000002 ETH (2 wei)',
    );
  });

  test('fees of both kinds', () => {
    expect(feeLines(requestOf())).toEqual(['at most 21000 gas × 40 gwei = 0.00084 ETH, tip up to 1 gwei']);
    expect(feeLines(requestOf({ type: '0', maxPriorityFeePerGas: '' }))).toEqual([
      'at most 21000 gas × 40 gwei = 0.00084 ETH, one gas price',
    ]);
  });
});

describe('tokens that the law names', () => {
  const saysOf = (data: string, more: object = {}, value = '0') => {
    const token = { address: TOKEN, symbol: 'USDC', decimals: 6, ...more };
    const { law } = configOf({
      chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true, tokens: [token] }],
    });
    const verdict = { kind: 'allowed', rule: 'suppliers', approvals: 2 } as const;
    return actionLines(requestOf({ to: TOKEN, value, data }), law, verdict).map(plain);
  };
  const wallet = `wallet treasury ${WALLET_ADDRESS}`;

  test('a payment says how much, to whom, from which wallet, by which rule', () => {
    expect(saysOf(call('transfer', BOB, 12_500_000n))).toEqual([
      `PAY 12.5 USDC to ${BOB} from ${wallet}`,
      `CALL ${TOKEN} (token USDC), sending no ETH`,
      'by rule suppliers of your law',
    ]);
    expect(saysOf(call('transfer', BOB, 1n), {}, '1')[1]).toBe(
      `CALL ${TOKEN} (token USDC) and SEND it 0.000000000000000001 ETH (1 wei)`,
    );
  });

  test.each([
    ['one unit', call('transfer', BOB, 1n), {}, `PAY 0.000001 USDC to ${BOB} from ${wallet}`],
    ['a whole one', call('transfer', BOB, 1_000_000n), {}, `PAY 1 USDC to ${BOB} from ${wallet}`],
    [
      'between others',
      call('transferFrom', TOKEN, BOB, 5n),
      { decimals: 0 },
      `MOVE 5 USDC from ${TOKEN} (token USDC) to ${BOB}, as ${wallet}`,
    ],
    ['an approval', call('approve', BOB, 1_500_000n), {}, `LET ${BOB} SPEND 1.5 USDC of ${wallet}`],
    ['one without end', call('approve', BOB, MaxUint256), {}, `LET ${BOB} SPEND ANY AMOUNT of USDC of ${wallet}`],
    [
      'a piece',
      call('approve', BOB, MaxUint256),
      { standard: 'erc721', decimals: 0 },
      `LET ${BOB} SPEND piece ${MaxUint256} of USDC of ${wallet}`,
    ],
    [
      'power over all',
      call('setApprovalForAll', BOB, true),
      { standard: 'erc1155', decimals: 0 },
      `GIVE ${BOB} POWER OVER every USDC of ${wallet}`,
    ],
    ['no power', call('setApprovalForAll', BOB, false), {}, `TAKE from ${BOB} the power over every USDC of ${wallet}`],
    [
      'a call that the standard lacks',
      call('transfer', BOB, 1n),
      { standard: 'erc1155', decimals: 0 },
      `CALL ${TOKEN} (token USDC), sending no ETH`,
    ],
  ])('%s', (_, data, more, words) => {
    expect(saysOf(data, more)[0]).toBe(words);
  });
});

describe('token calls that are not explained', () => {
  const transfer = call('transfer', BOB, 1n);
  test.each([
    ['extra bytes at the end', `${transfer}00`],
    ['a dirty upper half of the address', `${transfer.slice(0, 10)}ff${transfer.slice(12)}`],
    ['arguments cut off', transfer.slice(0, -2)],
    ['the selector alone', transfer.slice(0, 10)],
    ['a boolean of 2', `${call('setApprovalForAll', BOB, true).slice(0, -1)}2`],
  ])('%s', (_, data) => {
    expect(tokenCall(requestOf({ to: TOKEN, data }))).toBeUndefined();
  });
});

const pictureOf = (
  over: Partial<Record<RequestField, string>> = {},
  more: Partial<Picture> = {},
  law: Record<string, unknown> = {},
): Picture => {
  const request = requestOf(over);
  const config = configOf(law);
  const wallet = walletNamed(config.law, 'treasury');
  if (wallet === undefined) throw new Error('no wallet');
  return {
    id: idOf(request),
    request,
    wallet,
    law: config.law,
    acceptedLaw: config.lawHash,
    localLaw: config.lawHash,
    now: NOW,
    verdict: { kind: 'allowed', rule: 'any', approvals: 2 },
    signer: 'claimed',
    stage: 'accepted',
    needed: 2,
    votes: [
      { coSigner: 'alice', answer: 'approved', at: NOW - 1000, code: undefined },
      { coSigner: 'bob', answer: 'none', at: undefined, code: undefined },
      { coSigner: 'carol', answer: 'hidden', at: undefined, code: undefined },
    ],
    outcome: undefined,
    gasProblems: [],
    sameReference: [],
    ...more,
  };
};

const textOf = (picture: Picture): string =>
  rowsOf(requestReading(picture))
    .flatMap(({ label, lines }) => lines.map((line, i) => `${i === 0 ? label : ''}: ${plain(line)}`))
    .join('\n');

const LAB = 'LAB: the register is not locked; the owner of its bucket could make this wallet sign twice';

describe('what is at the destination, as the chain says', () => {
  test.each<[string, Partial<Picture>, Partial<Record<RequestField, string>>, string]>([
    ['a contract that is called', { destination: 'contract' }, { data: '0x12345678' }, 'has code, as the chain says'],
    ['a contract that is paid', { destination: 'contract' }, {}, 'has code, which runs when it is paid'],
    [
      'a new account',
      { destination: 'new' },
      {},
      'a new account: as the chain says, nothing was ever sent to or from it',
    ],
    ['no answer', { destination: 'unknown' }, {}, 'whether it has code could not be seen: the chain did not answer'],
  ])('%s', (_, more, over, words) => {
    expect(textOf(pictureOf(over, more))).toContain(`destination: ${words}`);
  });

  test.each<[string, Partial<Picture>, Partial<Record<RequestField, string>>]>([
    ['an account that exists', { destination: 'account' }, {}],
    ['a contract that is created', { destination: 'unknown' }, { to: '', data: '0x00' }],
    ['a chain that was not asked', {}, {}],
  ])('of %s nothing is said', (_, more, over) => {
    expect(textOf(pictureOf(over, more))).not.toContain('destination:');
  });

  test('a gas rule of the law that it breaks is a warning', () => {
    const gasProblems = ['gasLimit is below 204600'];
    expect(warningTexts(pictureOf({}, { gasProblems })).join()).toContain(
      'the gas rules of your law refuse it, and so will the workload: gasLimit is below 204600',
    );
  });
});

describe('a request in words', () => {
  test('is told whole, line for line', () => {
    const id = idOf(requestOf({ memo: 'rent' }));
    const words = wordsOf(id).split(' ');
    const digests = requestDigests(requestOf({ memo: 'rent' }), WALLET_ADDRESS, 'lab-register');
    expect(textOf(pictureOf({ memo: 'rent' }))).toBe(
      [
        `asks: SEND 0.5 ETH (500000000000000000 wei) to ${BOB}`,
        'leaves: 0.5 ETH (500000000000000000 wei)',
        `wallet: treasury ${WALLET_ADDRESS}`,
        ': on anvil (chain id 31337)',
        `who: ${BOB} (without a name in your law)`,
        ':   is paid; whether before was not looked up',
        'fee: at most 21000 gas × 40 gwei = 0.00084 ETH, tip up to 1 gwei',
        'in sum: at most 0.50084 ETH can leave the wallet',
        'valid: until 2026-03-01T13:00:00Z (1 h left); this bounds signing, not mining',
        'nonce: the next one, chosen when it is sealed',
        'requester: dapp (claimed, not signed)',
        'reference: invoice-1',
        'memo: “rent”',
        'policy: allowed by rule any; 2 approvals needed',
        'stage: accepted',
        'approvals: 1 of 2',
        ': alice approved 2026-03-01T11:59:59Z',
        ': bob has not answered',
        ': carol (not visible to you)',
        `warning:   ! ${LAB}`,
        `id: ${id}`,
        `words: ${words.slice(0, 6).join(' ')}`,
        `: ${words.slice(6).join(' ')}`,
        ': compare them by phone; they are no key of any wallet',
        `domain: ${digests.domain}`,
        `message: ${digests.message}`,
        `calldata: ${digests.calldata}`,
      ].join('\n'),
    );
  });

  test('says when it is too late', () => {
    expect(textOf(pictureOf({ validUntil: '2026-03-01T11:00:00Z' }))).toContain(
      'valid: until 2026-03-01T11:00:00Z (EXPIRED 1 h ago); this bounds signing, not mining',
    );
  });

  test('names what it replaces', () => {
    const replaces = 'a'.repeat(64);
    const text = textOf(pictureOf({ nonce: '7', replaces }));
    expect(text).toContain(`nonce: 7, in place of request ${replaces}\n: only one of the two can ever be mined`);
    expect(textOf(pictureOf({ nonce: '7', replaces: 'foreign' }))).toContain('that keyturn did not make ("foreign")');
    expect(textOf(pictureOf({ nonce: '7' }))).toContain('nonce: 7, named by the request');
  });

  test('data that nobody explains and an access list stand in rows of their own', () => {
    const accessList = JSON.stringify([{ address: BOB, storageKeys: [] }]);
    const text = textOf(pictureOf({ to: TOKEN, data: `0x12345678${'ab'.repeat(40)}`, accessList }));
    expect(text).toContain(
      `access list: ${BOB}, 0 storage keys\ndata: “0x12345678”\n: “${'ab'.repeat(32)}”\n: “${'ab'.repeat(8)}”`,
    );
  });

  test('a denial and a foreign signature are loud', () => {
    const text = textOf(
      pictureOf(
        {},
        {
          signer: 'wrong',
          verdict: { kind: 'denied', code: 'POLICY_DENIED', field: 'to', rule: 'default', reason: 'no rule allows it' },
        },
      ),
    );
    expect(text).toContain('requester: dapp (THE SIGNATURE IS NOT THEIRS)');
    expect(text).toContain('policy: DENIED by default: no rule allows it (POLICY_DENIED)');
  });
});

describe('warnings', () => {
  test('a plain request in a lab has only the lab', () => {
    expect(warningTexts(pictureOf())).toEqual([LAB]);
  });

  test('a locked register has none', () => {
    const register = { projectNumber: '1', lock: 'required', retentionSeconds: 10_000_000 };
    expect(warningTexts(pictureOf({}, {}, { register }))).toEqual([]);
  });

  test.each<[string, Partial<Record<RequestField, string>>, string]>([
    [
      'zero address',
      { to: ZeroAddress },
      'the destination is the zero address: nobody has its key, so what is sent there is lost',
    ],
    ['own address', { to: WALLET_ADDRESS }, 'the destination is the wallet itself'],
    ['creation', { to: '', data: '0x60' }, 'this creates a contract: what its code will do cannot be known here'],
    [
      'unlimited',
      { to: TOKEN, data: call('approve', BOB, MaxUint256) },
      `UNLIMITED: ${BOB} could take every such token of this wallet, now and later`,
    ],
    [
      'all tokens',
      { to: TOKEN, data: call('setApprovalForAll', BOB, true) },
      `UNLIMITED: ${BOB} could take every such token of this wallet, now and later`,
    ],
    ['token to zero', { to: TOKEN, data: call('transfer', ZeroAddress, 1n) }, 'the token call names the zero address'],
    [
      'token to token',
      { to: TOKEN, data: call('transfer', TOKEN, 1n) },
      'the token call names the token contract itself as destination',
    ],
    [
      'letters that pass for others',
      { memo: 'rent to p\u0430ypal' },
      'the memo has letters that pass for others in “p\u0430ypal” (U+0430)',
    ],
    ['hurry', { validUntil: '2026-03-01T12:04:59Z' }, 'less than 5 minutes are left to sign it'],
  ])('%s', (_, over, words) => {
    expect(warningTexts(pictureOf(over))).toEqual([words, LAB]);
  });

  test('a bounded approval is no warning', () => {
    expect(warningTexts(pictureOf({ to: TOKEN, data: call('approve', BOB, 1n) }))).toEqual([LAB]);
  });

  test('another law and a reference used before', () => {
    expect(warningTexts(pictureOf({}, { acceptedLaw: 'b'.repeat(64), sameReference: ['c'.repeat(64)] }))).toEqual([
      'it was accepted under another law than the one on this machine',
      `the same reference was used before, by ${'c'.repeat(64)}`,
      LAB,
    ]);
  });
});
