import { z } from 'zod';
import type { Call } from '#adapters/calls/errors.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { refusalOf, rpcError, statusOf } from './rpc-errors.ts';

/**
 * Questions in one batch. Optimism's public url takes 10 (https://github.com/ethereum-optimism/docs/issues/340), Besu 50, Erigon and Nethermind
 * 100, geth 1000.
 */
export const MAX_BATCH = 10;
/** Characters of one batch. Gateways take a megabyte, or several. */
export const MAX_BATCH_TEXT = 512 * 1024;

/** Cut into batches of neighbours that a node can be expected to take. One that is too long for any goes alone. */
export const inBatches = <T>(all: readonly T[], lengthOf: (one: T) => number): readonly (readonly T[])[] => {
  const batches: T[][] = [];
  let room = 0;
  for (const one of all) {
    const last = batches.at(-1);
    if (last !== undefined && last.length < MAX_BATCH && lengthOf(one) <= room) last.push(one);
    else {
      batches.push([one]);
      room = MAX_BATCH_TEXT;
    }
    room -= lengthOf(one);
  }
  return batches;
};

const member = z.looseObject({
  id: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

type Member = z.infer<typeof member>;

/** An `error` of null is no error. */
const isError = (one: Member): boolean => one.error !== undefined && one.error !== null;

const asThrown = ({ error }: Member): unknown => ({ code: 'UNKNOWN_ERROR', info: { error } });

/**
 * What a node says to each of `count` questions with the ids 1 to `count`, in any order. Undefined: to none of them, since it takes no such
 * batch. Some say that in one object; geth as an error of the first question alone. Throws what the node was silent with.
 */
export const batchAnswers = (
  answers: readonly unknown[],
  call: Call,
  count: number,
): readonly PromiseSettledResult<unknown>[] | undefined => {
  const told = answers.flatMap((one): Member[] => {
    const { data } = member.safeParse(one);
    return data === undefined ? [] : [data];
  });
  const own = Array.from({ length: count }, (_, n) => told.find(({ id }) => String(id) === String(n + 1)));
  const isAnswered = own.some((one) => one !== undefined && !isError(one));
  // Errors to all of a batch may each judge a transaction. To reads, they say that none was made.
  const isWhole = call.call === 'eth_sendRawTransaction' && !own.includes(undefined);
  if (!isAnswered && !isWhole) {
    const [refusal] = told.filter(isError);
    if (refusal !== undefined && refusalOf(asThrown(refusal), 'eth_sendRawTransaction') !== 'busy') return undefined;
    throw new KeyturnError('UNAVAILABLE', `rpc: ${call.call} ${call.resource}: no answer to a batch`);
  }
  return own.map((one) => {
    if (one === undefined)
      return {
        status: 'rejected',
        reason: new KeyturnError('UNAVAILABLE', `rpc: ${call.call} ${call.resource}: left out of a batch`),
      };
    if (isError(one)) return { status: 'rejected', reason: rpcError(call, asThrown(one)) };
    return { status: 'fulfilled', value: one.result };
  });
};

/** Of these, trouble that passes: too early, too much, too late. */
const PASSING = /^(408|425|429)\b/;

/** Does a gateway's status say that it takes no batch? Many answer 4xx, and some fall over one (500, 501). */
export const isBatchStatus = (error: unknown): boolean => {
  const status = statusOf(error) ?? '';
  return /^(4\d\d|500|501)\b/.test(status) && !PASSING.test(status);
};
