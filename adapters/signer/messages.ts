import * as z from 'zod';
import type { Ladder, SigningWallet, Statement, Verdict } from '#core/signing/signer.ts';
import { CODES, type Code } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { REQUEST_FIELDS } from '#schemas/request-fields.ts';

/**
 * What a turn and its signing process say to each other: one JSON text a line. Each side parses what comes from the other, and believes none of
 * it. `schemas/spellings.ts` is not used here, since it loads ethers. zod is named as a whole, so that a bundle leaves out its words in other tongues.
 */

/** Bytes of a line to the signing process: a whole request, and its shares. */
export const MAX_ORDER_BYTES = 16 * 1024 * 1024;
/** Bytes of an answer: some verdicts, or five signatures. */
export const MAX_ANSWER_BYTES = 64 * 1024;

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const decimal = z.string().regex(/^(0|[1-9][0-9]{0,77})$/);
const text = z.string().max(2048);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const data = z.string().regex(/^0x([0-9a-f]{2})*$/);
const n = z.number().int().min(0);

const wallet = z.strictObject({
  name,
  epoch: z.number().int(),
  address,
  commitments: z.array(hex(66)).min(1).max(16),
  holders: z.array(z.strictObject({ coSigner: name, index: z.number().int().min(1).max(16) })).max(16),
});

/** The turn has parsed it whole. Here each member that is written into a transaction has a form that can be written. */
const WRITTEN: Readonly<Record<string, z.ZodType<string>>> = {
  ...{ chainId: decimal, value: decimal, gasLimit: decimal, maxFeePerGas: decimal, data },
  maxPriorityFeePerGas: z.union([decimal, z.literal('')]),
  to: z.union([address, z.literal('')]),
  type: z.enum(['0', '1', '2']),
  accessList: z.string(),
};
const request = z.strictObject(
  Object.fromEntries(REQUEST_FIELDS.map((field) => [field, WRITTEN[field] ?? text])),
) as unknown as z.ZodType<TransactionRequest>;

const begin = z.strictObject({
  kind: z.literal('begin'),
  wallet,
  registerBucket: text,
  /** A lab's; null for Google's own. */
  kmsEndpoint: z.url().nullable(),
});

const order = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('open'),
    n,
    id: hex(64),
    request,
    uploads: z
      .array(z.strictObject({ coSigner: name, ciphertext: z.base64(), key: text, token: z.string().max(16_384) }))
      .max(80),
  }),
  z.strictObject({
    kind: z.literal('ladder'),
    n,
    id: hex(64),
    nonce: decimal,
    digests: z.array(z.string().regex(/^0x[0-9a-f]{64}$/)).max(5),
  }),
  z.strictObject({
    kind: z.literal('seal'),
    n,
    id: hex(64),
    chainId: decimal,
    seq: decimal,
    previous: hex(64),
    content: hex(64),
  }),
  z.strictObject({
    kind: z.literal('checkpoint'),
    n,
    id: hex(64),
    chainId: decimal,
    seq: decimal,
    lawHash: hex(64),
    set: hex(64),
    content: hex(64),
  }),
  z.strictObject({ kind: z.literal('drop'), id: hex(64) }),
]);

export type Begin = z.infer<typeof begin>;
export type Order = z.infer<typeof order>;

const code = z.custom<Code>((value) => typeof value === 'string' && Object.hasOwn(CODES, value));
const BAD = [
  ...(['SHARE_UNKNOWN_CO_SIGNER', 'SHARE_OTHER_WALLET', 'SHARE_OTHER_EPOCH', 'SHARE_OTHER_INDEX'] as const),
  ...(['SHARE_WRONG', 'SHARE_CIPHERTEXT', 'SHARE_TEXT'] as const),
];

/** No text of the signing process's own choice: codes, and the name of an error. */
const verdict = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('good') }),
  z.strictObject({ kind: z.literal('spare') }),
  z.strictObject({ kind: z.literal('bad'), code: z.enum(BAD) }),
  z.strictObject({ kind: z.literal('unreachable'), code }),
  z.strictObject({
    kind: z.literal('bug'),
    name: z.enum(['TypeError', 'RangeError', 'Error', 'SyntaxError', 'other']),
  }),
]);

const answer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('verdicts'), n, verdicts: z.array(verdict).max(80) }),
  z.strictObject({ kind: z.literal('signatures'), n, signatures: z.array(hex(130)).max(5) }),
  z.strictObject({ kind: z.literal('failed'), n, code: z.union([code, z.literal('BUG')]) }),
]);

export type Answer = z.infer<typeof answer>;
export type WireVerdict = z.infer<typeof verdict>;

const parsed = <T>(shape: z.ZodType<T>, line: string): T | undefined => {
  try {
    return shape.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
};

/** Undefined where the line is no such message. */
export const parseBegin = (line: string): Begin | undefined => parsed(begin, line);
export const parseOrder = (line: string): Order | undefined => parsed(order, line);
export const parseAnswer = (line: string): Answer | undefined => parsed(answer, line);

export const beginLine = (wanted: SigningWallet, registerBucket: string, kmsEndpoint: string | undefined): string => {
  const { name: walletName, epoch, address: at, commitments, holders } = wanted;
  const message: Begin = {
    kind: 'begin',
    wallet: { name: walletName, epoch, address: at, commitments: [...commitments], holders: [...holders] },
    registerBucket,
    kmsEndpoint: kmsEndpoint ?? null,
  };
  return `${JSON.stringify(message)}\n`;
};

export const orderLine = (message: Order): string => `${JSON.stringify(message)}\n`;
export const answerLine = (message: Answer): string => `${JSON.stringify(message)}\n`;

export const ladderOrder = (at: number, { id, nonce, digests }: Ladder): Order => ({
  ...{ kind: 'ladder', n: at, id },
  nonce: `${nonce}`,
  digests: [...digests],
});

export const statementOrder = (at: number, id: string, statement: Statement): Order => {
  switch (statement.kind) {
    case 'seal': {
      const { kind, chainId, seq, previous, content } = statement;
      return { kind, n: at, id, chainId, seq: `${seq}`, previous, content };
    }
    case 'checkpoint': {
      const { kind, chainId, seq, lawHash, set, content } = statement;
      return { kind, n: at, id, chainId, seq: `${seq}`, lawHash, set, content };
    }
    /* v8 ignore next 2 -- the compiler sees to it that no kind is left @preserve */
    default:
      return statement satisfies never;
  }
};

const BUGS = ['TypeError', 'RangeError', 'Error', 'SyntaxError'] as const;

/** What is unreachable goes by its code alone. The code stands first in what `adapters/kms/decrypt.ts` says. */
export const wireVerdict = (one: Verdict): WireVerdict => {
  switch (one.kind) {
    case 'unreachable': {
      const [word = ''] = /^[A-Z_]+/.exec(one.reason) ?? [];
      return Object.hasOwn(CODES, word) ? { kind: 'unreachable', code: word as Code } : { kind: 'bug', name: 'other' };
    }
    case 'bug':
      return { kind: 'bug', name: BUGS.find((known) => known === one.name) ?? 'other' };
    case 'good':
    case 'spare':
    case 'bad':
      return one;
    /* v8 ignore next 2 -- the compiler sees to it that no kind is left @preserve */
    default:
      return one satisfies never;
  }
};
