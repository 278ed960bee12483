import { z } from 'zod';
import * as part from './parts.ts';

const { text, id, time, count, texts, decimal } = part;

const point = z.strictObject({ number: decimal, hash: text, time });
const block = point.meta({ id: 'BlockPoint' });
const hash = text.describe('"" where there is none');

const asset = z
  .strictObject({
    standard: z.enum(['native', 'erc20', 'erc721', 'erc1155']),
    address: text.describe('the token’s contract, or "" for the coin'),
    symbol: text.describe('as your law names it, or ""'),
    decimals: count.nullable().describe('null where your law names none'),
  })
  .meta({ id: 'Asset' });

const amount = {
  units: decimal.nullable().describe('base units; null where it cannot be checked'),
  amount: text.nullable().describe('exact decimal; null where your law names no decimals'),
};
const sum = z.strictObject(amount).meta({ id: 'Sum' });

const line = z.strictObject({
  ...asset.shape,
  opening: sum,
  came: sum,
  computed: sum.describe('came by no log and no transaction of the wallet'),
  left: sum,
  fees: sum,
  unexplained: sum.describe('left, and nothing explains it'),
  closing: sum,
  uncheckedBetween: count.describe('days whose last balance cannot be checked'),
});

const row = z.strictObject({
  id: text.describe('of this row, in every statement'),
  kind: z.enum(['transfer', 'fee', 'computed']),
  direction: z.enum(['in', 'out', 'self']),
  origin: z.enum(['request', 'foreign', 'outside', 'computed']),
  block,
  asset,
  tokenId: text,
  ...amount,
  counterparty: text,
  transactionHash: hash,
  nonce: decimal.nullable(),
  request: text.describe('id of the request, or ""'),
  reference: text,
  requester: text,
  memo: text,
  approvedBy: texts,
  functionName: text,
  methodId: text,
  since: block.nullable().describe('of a computed row: it begins behind this block'),
  explorer: text.describe('page of the transaction, or ""'),
});

const breaks = z.union([
  z.strictObject({ code: z.literal('UNEXPLAINED_DECREASE'), asset, ...amount, from: block, to: block }),
  z.strictObject({ code: z.literal('FOREIGN_TRANSACTION'), nonce: decimal, transactionHash: hash }),
  z.strictObject({ code: z.literal('MORE_FOREIGN'), count: decimal }),
  z.strictObject({ code: z.literal('TAKEN'), asset, ...amount, transactionHash: text, payee: part.address }),
  z.strictObject({ code: z.literal('UNBACKED_RECEIPT'), request: id, transactionHash: text, because: text }),
]);

const account = z
  .strictObject({
    wallet: text,
    address: part.address,
    chainId: decimal,
    network: text,
    over: z.boolean().describe('whether the closing block is the last of the month, and final'),
    opening: block,
    closing: block,
    assets: z.array(line),
    untold: z.array(asset).describe('tokens of your law that have a balance for each piece'),
    leftOut: z
      .strictObject({ fromBlock: decimal, toBlock: decimal })
      .nullable()
      .describe('blocks whose logs of contracts outside your law are too many, and not in the rows'),
    counted: z.boolean().describe('whether a foreign transaction would be seen'),
    unread: texts.describe('transactions that logged a transfer in no known form'),
    breaks: z.array(breaks),
    names: part.names,
    rows: z.array(row),
  })
  .meta({ id: 'AccountStatement' });

const place = z.strictObject({ wallet: text, chainId: decimal });

export const statement = z.strictObject({
  ok: z.boolean().describe('false where there is a break, or with --verify a difference: exit code 1'),
  month: text.describe('YYYY-MM'),
  accounts: z.array(account),
  absent: z.array(place).describe('their chain had no final block by the end of the month'),
  deviations: z
    .array(
      z.strictObject({ request: part.id, deviations: z.array(z.looseObject({ code: text, coSigner: text, text })) }),
    )
    .describe('where transactions did otherwise than was approved or predicted, as their receipts say'),
  unplaced: count.describe('receipts of a wallet or a chain that your law does not name'),
  unreadable: texts.describe('objects in place of receipts that are none'),
  out: text.nullable().describe('the file of --out'),
  verified: z
    .strictObject({
      file: text,
      rows: count,
      changed: z.array(z.strictObject({ id: text, line: count, columns: texts })),
      missing: texts,
      extra: z.array(z.strictObject({ id: text, line: count })),
    })
    .nullable()
    .describe('null without --verify'),
});
