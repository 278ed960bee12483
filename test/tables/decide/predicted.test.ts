import type { Allowance } from '#core/settled/allowances.ts';
import { MAX_OF_EACH, predictedDeviations } from '#core/settled/predicted.ts';
import type { Movement } from '#core/settled/transfers.ts';
import type { Prediction } from '#schemas/prediction.ts';
import { table } from '#test/support/table.ts';

/** Where a final transaction did otherwise than those who approved were shown. */
const ID = 'a'.repeat(64);
const WALLET = '0x3535353535353535353535353535353535353535';
const BOB = '0x4242424242424242424242424242424242424242';
const CAROL = '0x5151515151515151515151515151515151515151';
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';

const ASSET = { standard: 'erc20', address: USDC, tokenId: '' } as const;
const ETHER = { standard: 'native', address: '', tokenId: '' } as const;

/** What the wallet moved, in the block. `index` undefined: no log tells it. */
const did = (to: string, amount: bigint, over: Partial<Movement> = {}): Movement => ({
  ...{ ...ASSET, from: WALLET, to, amount, index: 0n },
  ...over,
});
/** The same, as it was predicted. */
const says = (to: string, amount: string, over: Partial<Prediction['moves'][number]> = {}) => ({
  ...{ ...ASSET, from: WALLET, to, amount },
  ...over,
});
const may = (spender: string, amount: bigint): Allowance => ({ ...ASSET, spender, amount });

const PREDICTION: Prediction = {
  ...{ version: '1', id: ID, coSigner: 'alice', at: '2030-01-01T00:00:00Z', nodes: '2' },
  ...{ succeeds: 'yes', reason: '', gasUsed: '21000', etherTraced: 'yes', complete: 'yes' },
  ...{ moves: [says(BOB, '7')], allows: [] },
};

interface Given {
  readonly predicted?: Partial<Prediction>;
  /** In whose place it lies. */
  readonly place?: string;
}
interface When {
  readonly success?: boolean;
  readonly movements?: readonly Movement[];
  readonly allowances?: readonly Allowance[];
}
type Then = readonly (readonly [code: string, coSigner: string, what: string, expected: string, actual: string])[];

table<Given | readonly Given[], When, Then>(
  'threat 106: a prediction against what happened',
  (given, { success = true, movements = [did(BOB, 7n)], allowances = [] }) =>
    predictedDeviations(
      [given].flat().map(({ predicted = {}, place = 'alice' }) => ({
        coSigner: place,
        prediction: { ...PREDICTION, ...predicted },
      })),
      { id: ID, wallet: WALLET, success, movements, allowances },
    ).map(({ code, coSigner, asset, expected, actual }) => [
      code,
      coSigner,
      `${asset.standard} ${asset.address}${asset.tokenId}`.trim(),
      expected,
      actual,
    ]),
  [
    ['What was predicted happened.', {}, {}, []],
    ['Nobody predicted anything: a receipt is as good without.', [], {}, []],
    [
      'A prediction of another request says nothing.',
      { predicted: { id: 'b'.repeat(64) } },
      { movements: [did(CAROL, 9n)] },
      [],
    ],
    [
      'A prediction in another name than that of its place says nothing.',
      { predicted: { coSigner: 'bob' } },
      { movements: [did(CAROL, 9n)] },
      [],
    ],
    [
      'It was to succeed, and failed: its end is told alone, since what failed moved nothing.',
      {},
      { success: false, movements: [] },
      [['ENDED_OTHERWISE', 'alice', 'native', 'finalized', 'reverted']],
    ],
    [
      'It was to fail, and succeeded.',
      { predicted: { succeeds: 'no', reason: 'without a reason', moves: [] } },
      {},
      [['ENDED_OTHERWISE', 'alice', 'native', 'reverted', 'finalized']],
    ],
    [
      'It was to fail, and failed.',
      { predicted: { succeeds: 'no', moves: [] } },
      { success: false, movements: [] },
      [],
    ],
    ['Another amount.', {}, { movements: [did(BOB, 6n)] }, [['MOVED_OTHERWISE', 'alice', `erc20 ${USDC}`, '7', '6']]],
    [
      'The same amount to somebody else: one did not get it, and another did.',
      {},
      { movements: [did(CAROL, 7n)] },
      [
        ['MOVED_OTHERWISE', 'alice', `erc20 ${USDC}`, '7', '0'],
        ['MOVED_OTHERWISE', 'alice', `erc20 ${USDC}`, '0', '7'],
      ],
    ],
    [
      'What was to leave came.',
      {},
      { movements: [did(WALLET, 7n, { from: BOB })] },
      [
        ['MOVED_OTHERWISE', 'alice', `erc20 ${USDC}`, '7', '0'],
        ['MOVED_OTHERWISE', 'alice', `erc20 ${USDC}`, '0', '7'],
      ],
    ],
    [
      'Another piece of the same contract.',
      { predicted: { moves: [says(BOB, '1', { standard: 'erc721', address: NFT, tokenId: '5' })] } },
      { movements: [did(BOB, 1n, { standard: 'erc721', address: NFT, tokenId: '6' })] },
      [
        ['MOVED_OTHERWISE', 'alice', `erc721 ${NFT}5`, '1', '0'],
        ['MOVED_OTHERWISE', 'alice', `erc721 ${NFT}6`, '0', '1'],
      ],
    ],
    ['Two moves that come to the one predicted.', {}, { movements: [did(BOB, 3n), did(BOB, 4n)] }, []],
    [
      'What others moved between them is not compared.',
      {},
      { movements: [did(BOB, 7n), did(BOB, 1n, { from: CAROL })] },
      [],
    ],
    [
      'A list that was cut is not compared: nobody knows the rest.',
      { predicted: { complete: 'no' } },
      { movements: [did(CAROL, 9n)] },
      [],
    ],
    [
      'A list that was cut still says the end.',
      { predicted: { complete: 'no' } },
      { success: false, movements: [] },
      [['ENDED_OTHERWISE', 'alice', 'native', 'finalized', 'reverted']],
    ],
    [
      'Ether that no log tells is not compared: what came back by a call was predicted, and cannot be seen.',
      { predicted: { moves: [says(BOB, '9', ETHER), says(WALLET, '2', { ...ETHER, from: BOB })] } },
      { movements: [did(BOB, 9n, { ...ETHER, index: undefined })] },
      [],
    ],
    [
      'Ether that the chain logs is compared.',
      { predicted: { moves: [says(BOB, '9', ETHER), says(WALLET, '2', { ...ETHER, from: BOB })] } },
      { movements: [did(BOB, 9n, ETHER)] },
      [['MOVED_OTHERWISE', 'alice', 'native', '2', '0']],
    ],
    [
      'Ether that the node did not trace is not compared.',
      { predicted: { etherTraced: 'no', moves: [says(BOB, '9', ETHER)] } },
      { movements: [did(BOB, 8n, ETHER)] },
      [],
    ],
    [
      'Somebody may take more than was predicted.',
      { predicted: { allows: [{ ...ASSET, spender: BOB, amount: '5' }] } },
      { allowances: [may(BOB, 6n)] },
      [['ALLOWED_OTHERWISE', 'alice', `erc20 ${USDC}`, '5', '6']],
    ],
    [
      'Somebody may take what nobody predicted.',
      {},
      { allowances: [may(CAROL, 6n)] },
      [['ALLOWED_OTHERWISE', 'alice', `erc20 ${USDC}`, '0', '6']],
    ],
    ['An allowance that is taken back, and was not predicted, is none.', {}, { allowances: [may(CAROL, 0n)] }, []],
    [
      'Each approver by the own prediction: one was right.',
      [{}, { place: 'bob', predicted: { coSigner: 'bob', moves: [says(BOB, '8')] } }],
      {},
      [['MOVED_OTHERWISE', 'bob', `erc20 ${USDC}`, '8', '7']],
    ],
    [
      'A hostile approver raises a few alarms in the own name, and crowds out nobody else.',
      [
        {
          predicted: {
            moves: Array.from({ length: 128 }, (_, n) => says(BOB, '1', { standard: 'erc1155', tokenId: `${n}` })),
          },
        },
        { place: 'bob', predicted: { coSigner: 'bob', moves: [says(BOB, '8')] } },
      ],
      {},
      [
        ...Array.from(
          { length: MAX_OF_EACH },
          (_, n) => ['MOVED_OTHERWISE', 'alice', `erc1155 ${USDC}${n}`, '1', '0'] as const,
        ),
        ['MOVED_OTHERWISE', 'bob', `erc20 ${USDC}`, '8', '7'],
      ],
    ],
  ],
);
