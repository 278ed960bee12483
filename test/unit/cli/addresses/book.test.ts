import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbiCoder, id as keccakOf } from 'ethers';
import { describe, expect, test } from 'vitest';
import { beside, bookOf, labelOf } from '#cli/addresses/book.ts';
import { partiesIn } from '#cli/addresses/earlier.ts';
import { plainText } from '#cli/app/output.ts';
import { run as pending } from '#cli/commands/pending.ts';
import { explainOnline } from '#cli/commands/policy-explain.ts';
import { run as reject } from '#cli/commands/reject.ts';
import { run as show } from '#cli/commands/show.ts';
import { run as status } from '#cli/commands/status.ts';
import { run as verify } from '#cli/commands/verify.ts';
import { walletNamed } from '#schemas/config.ts';
import {
  BOB,
  configOf,
  lawJson,
  opaqueLaw,
  requestOf,
  stageOf,
  TOKEN,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const [ALICE, ASKER] = ['0x2222222222222222222222222222222222222222', '0x4444444444444444444444444444444444444444'];
const withNames = (): Record<string, unknown> => {
  const { chains, coSigners, wallets } = lawJson() as Record<
    'chains' | 'coSigners' | 'wallets',
    { name: string; policy: object }[]
  >;
  const names = [
    { address: BOB, name: 'Bolt Ltd' },
    { address: ALICE, name: 'Alice at home' },
  ];
  return {
    chains: [
      ...chains.map((one) => ({ ...one, names, tokens: [{ address: TOKEN, symbol: 'USDC', decimals: 6 }] })),
      { chainId: '1', name: 'other', finality: { kind: 'finalized' } },
    ],
    coSigners: coSigners.map((one) => (one.name === 'alice' ? { ...one, requesters: [ALICE] } : one)),
    wallets: wallets.map((one) => ({
      ...one,
      policy: { ...one.policy, requesterSignature: 'required', requesters: [ALICE, ASKER] },
    })),
  };
};
const { law } = configOf(withNames());
const book = bookOf(law, '31337');

test.each([
  ['a name', BOB, '“Bolt Ltd”'],
  ['an own wallet', WALLET_ADDRESS, 'own wallet treasury'],
  ['a token', TOKEN, 'token USDC'],
  ['a requester', ASKER, 'requester of wallet treasury'],
  ['all that is known', ALICE, '“Alice at home”, requester of co-signer alice, requester of wallet treasury'],
  ['nothing', `0x${'5'.repeat(40)}`, undefined],
])('%s', (_, address, label) => {
  expect(labelOf(book, address)).toBe(label);
});

test('on another chain the book is another, and a wallet may not sign there', () => {
  const other = bookOf(law, '1');
  expect(labelOf(other, BOB)).toBeUndefined();
  expect(labelOf(other, WALLET_ADDRESS)).toBe('own wallet treasury, which does not sign on this chain');
});

describe('a name stands beside a full address', () => {
  test.each([
    [`to ${BOB} and ${TOKEN}`, `to ${BOB} (“Bolt Ltd”) and ${TOKEN} (token USDC)`],
    [`from wallet treasury ${WALLET_ADDRESS}`, `from wallet treasury ${WALLET_ADDRESS}`],
    [`to ${WALLET_ADDRESS}`, `to ${WALLET_ADDRESS} (own wallet treasury)`],
    // Within other digits, and in another spelling, it is another thing.
    [`${BOB}00`, `${BOB}00`],
    [`0x${BOB}`, `0x${BOB}`],
    [BOB.toLowerCase(), BOB.toLowerCase()],
  ])('%s', (text, told) => {
    expect(beside(text, book)).toBe(told);
    expect(plainText(beside([{ text, format: 'bold' }, ' so'], book))).toBe(`${told} so`);
  });
});

describe('wherever an address is shown', () => {
  const told = `${BOB} (“Bolt Ltd”)`;
  const { chains } = withNames();
  const scene = () => {
    const stage = stageOf({ law: { chains } });
    return { stage, id: stage.accept(requestOf()) };
  };

  test.each([
    ['show', show],
    ['status', status],
    ['reject', (session: Parameters<typeof show>[0], id: string) => reject(session, id, { yes: true })],
  ] as const)('%s', async (_, run) => {
    const { stage, id } = scene();
    await run(stage.session, id);
    expect(stage.stdout.text).toContain(`asks`);
    expect(stage.stdout.text).toContain(`SEND 0.5 ETH (500000000000000000 wei) to ${told}`);
  });

  test('pending', async () => {
    const { stage } = scene();
    await pending(stage.session, {});
    expect(stage.stdout.text).toContain(`send 0.5 ETH to ${told}`);
  });

  test('verify and policy explain, from files', async () => {
    const { stage } = scene();
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-book-'));
    writeFileSync(join(folder, 'request.json'), JSON.stringify(requestOf()));
    writeFileSync(join(folder, 'law.json'), JSON.stringify(lawJson({ chains })));
    const { out, clock } = stage.session;
    expect(await verify({ out, clock, folder }, 'request.json', { law: 'law.json' })).toBe(0);
    expect(stage.stdout.text).toContain(`to ${told}`);
    expect(stage.stdout.text).toContain('is paid; whether before was not looked up');
    const explained = scene().stage;
    expect(await explainOnline(explained.session, folder, 'request.json')).toBe(0);
    expect(explained.stdout.text).toContain(`The call: transfer to ${told}, with`);
    const json = stageOf({ law: { chains }, json: true });
    await explainOnline(json.session, folder, 'request.json');
    expect(json.json()).toMatchObject({ names: [{ address: BOB, name: '“Bolt Ltd”' }] });
  });
});

test('an address in a call that only a rule of the law explains is an argument; without the rule the contract alone is called', () => {
  const signature = 'pay(address to, uint256 amount)';
  const data = `${keccakOf('pay(address,uint256)').slice(0, 10)}${AbiCoder.defaultAbiCoder()
    .encode(['address', 'uint256'], [BOB, 5n])
    .slice(2)}`;
  const request = requestOf({ to: TOKEN, value: '0', data });
  const rule = { name: 'pay', effect: 'allow', destinations: ['*'], calls: [{ function: signature, limits: [] }] };
  const [plain] = lawJson().wallets as object[];
  const explaining = configOf({ wallets: [{ ...plain, policy: { rules: [rule] } }] }).law;
  const opaque = configOf(opaqueLaw()).law;
  const partiesOf = (one: typeof law) => {
    const wallet = walletNamed(one, 'treasury');
    return wallet === undefined ? [] : partiesIn(request, wallet, one);
  };
  expect(partiesOf(explaining)).toEqual([
    { address: TOKEN, roles: ['target'] },
    { address: BOB, roles: ['argument'] },
  ]);
  expect(partiesOf(opaque)).toEqual([{ address: TOKEN, roles: ['target'] }]);
});
