import type { Readable, Writable } from 'node:stream';
import { decryptWith } from '#adapters/kms/decrypt.ts';
import { openSession, type SessionOver } from '#core/signing/session.ts';
import type { Upload } from '#core/signing/signer.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { readLines } from './lines.ts';
import {
  type Answer,
  answerLine,
  type Begin,
  MAX_ORDER_BYTES,
  type Order,
  parseBegin,
  parseOrder,
  wireVerdict,
} from './messages.ts';

interface OpenableUpload extends Upload {
  readonly key: string;
  readonly token: string;
}

const sessionFor = ({ wallet, registerBucket, kmsEndpoint }: Begin): SessionOver<OpenableUpload> =>
  openSession<OpenableUpload>({ wallet, registerBucket }, ({ ciphertext, key, token }, aad) =>
    decryptWith({ endpoint: kmsEndpoint ?? undefined, key, token, ciphertext, aad }),
  );

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const answerTo = async (
  session: SessionOver<OpenableUpload>,
  order: Exclude<Order, { kind: 'drop' }>,
): Promise<Answer> => {
  const { n, id } = order;
  switch (order.kind) {
    case 'open': {
      const uploads = order.uploads.map((one) => ({ ...one, ciphertext: Buffer.from(one.ciphertext, 'base64') }));
      const verdicts = await session.open({ id, request: order.request, uploads });
      return { kind: 'verdicts', n, verdicts: verdicts.map(wireVerdict) };
    }
    case 'ladder': {
      const signatures = await session.signLadder({ id, nonce: BigInt(order.nonce), digests: order.digests });
      return { kind: 'signatures', n, signatures: signatures.map(toHex) };
    }
    case 'seal': {
      const { kind, chainId, seq, previous, content } = order;
      const statement = { kind, chainId, seq: BigInt(seq), previous, content };
      return { kind: 'signatures', n, signatures: [toHex(await session.signStatement(id, statement))] };
    }
    case 'checkpoint': {
      const { kind, chainId, seq, lawHash, set, content } = order;
      const statement = { kind, chainId, seq: BigInt(seq), lawHash, set, content };
      return { kind: 'signatures', n, signatures: [toHex(await session.signStatement(id, statement))] };
    }
    /* v8 ignore next 2 -- the compiler sees to it that no kind is left @preserve */
    default:
      return order satisfies never;
  }
};

/**
 * The signing process: one session, for as long as its input is open. What is not understood ends it, since nobody but the turn writes there.
 * No text of an error is given back, and nothing is logged: it has seen secrets.
 */
export const serveSession = (input: Readable, output: Writable, exit: (code: number) => void): void => {
  let session: SessionOver<OpenableUpload> | undefined;
  const stop = (code: number): void => {
    session?.end();
    exit(code);
  };
  const begin = (line: string): void => {
    const told = parseBegin(line);
    if (told === undefined) stop(2);
    else session = sessionFor(told);
  };
  const obey = (current: SessionOver<OpenableUpload>, line: string): void => {
    const order = parseOrder(line);
    if (order === undefined) stop(3);
    else if (order.kind === 'drop') current.drop(order.id);
    else
      answerTo(current, order)
        .catch(
          (error: unknown): Answer => ({
            kind: 'failed',
            n: order.n,
            code: isKeyturnError(error) ? error.code : 'BUG',
          }),
        )
        .then((answer) => output.write(answerLine(answer)));
  };
  const take = (line: string): void => (session === undefined ? begin(line) : obey(session, line));
  readLines(input, MAX_ORDER_BYTES, { take, tooLong: () => stop(4) });
  // The turn has gone, however that came about: nobody is left to sign for.
  input.on('end', () => stop(0));
  output.on('error', () => stop(5));
};
