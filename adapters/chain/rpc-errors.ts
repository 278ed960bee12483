import { textAt } from '#adapters/calls/error-facts.ts';
import type { Call } from '#adapters/calls/errors.ts';
import { causesOf, member } from '#core/error-fields.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { codeMeans, isExecution, meaningOf, type Refusal } from './rpc-words.ts';

export type { Refusal } from './rpc-words.ts';

/** The node's own words, wherever ethers put them; not ethers' message, which repeats the whole transaction. */
const nodeWords = (error: unknown): readonly string[] => {
  const objects = causesOf(error).flatMap((at) => [
    member(at, 'info', 'error'),
    member(at, 'info', 'info', 'error'),
    member(at, 'error'),
  ]);
  const bodies = causesOf(error).map((at) => textAt(at, 'info', 'responseBody'));
  const texts = objects.flatMap((at) => [textAt(at, 'message'), textAt(at, 'data'), textAt(at, 'data', 'message')]);
  return [...texts, ...bodies].filter((text) => text !== undefined);
};

const HEX = /^0x([0-9a-fA-F]{2})*$/;

/**
 * Return data of a reverted call, in `error.data`. It is a string with geth, Erigon, reth and anvil, and an object with hardhat and
 * ganache. With Nethermind and OpenEthereum it stands behind the word "Reverted".
 */
export const revertDataIn = (error: unknown): string | undefined => {
  const objects = causesOf(error).flatMap((at) => [member(at, 'info', 'error'), member(at, 'error')]);
  const texts = objects.flatMap((at) => [
    textAt(at, 'data'),
    textAt(at, 'data', 'data'),
    textAt(at, 'data', 'result'),
    textAt(at, 'data', 'originalError', 'data'),
  ]);
  return texts.map((text) => text?.replace(/^Reverted /, '')).find((text) => text !== undefined && HEX.test(text));
};

const TRANSPORT = new Set(['SERVER_ERROR', 'NETWORK_ERROR', 'BAD_DATA', 'UNSUPPORTED_OPERATION', 'CANCELLED']);

/** JSON-RPC code of a revert (https://ethereum.github.io/execution-apis). */
const REVERTED = 3;

/** A reverted call says so by its code or its data, in whatever words. */
const saysReverted = (error: unknown): boolean =>
  revertDataIn(error) !== undefined ||
  causesOf(error).some(
    (at) => member(at, 'info', 'error', 'code') === REVERTED || member(at, 'error', 'code') === REVERTED,
  );

const codeSaid = (error: unknown, method: string): Refusal | undefined =>
  causesOf(error)
    .flatMap((at) => [member(at, 'info', 'error', 'code'), member(at, 'error', 'code')])
    .map((code) => codeMeans(method, code))
    .find((meaning) => meaning !== undefined);

/** Of an answer that was none: "429 Too Many Requests". */
export const statusOf = (error: unknown): string | undefined =>
  causesOf(error)
    .map((at) => textAt(at, 'info', 'responseStatus'))
    .find((status) => status !== undefined);

/** What a node means by failing this method. The words of other calls say nothing of a transaction, so only a send's are read as that. */
export const refusalOf = (error: unknown, method: string): Refusal => {
  const words = nodeWords(error).join('\n');
  if (statusOf(error)?.startsWith('429') === true) return 'busy';
  if (isExecution(method) && saysReverted(error)) return 'revert';
  const meaning = codeSaid(error, method) ?? meaningOf(method, words);
  if (meaning !== undefined) return meaning;
  const codes = causesOf(error).map((at) => textAt(at, 'code') ?? textAt(at, 'name') ?? '');
  if (codes.some((code) => code === 'TIMEOUT' || code === 'ETIMEDOUT' || code === 'AbortError')) return 'late';
  const answered = codes.some((code) => code === 'UNKNOWN_ERROR' || code === 'CALL_EXCEPTION');
  if (answered) return 'refused';
  return codes.some((code) => TRANSPORT.has(code) || /^E[A-Z]{3,}$/.test(code)) || words === ''
    ? 'unreachable'
    : 'refused';
};

/**
 * A read has no side effect. So an error without a known meaning is an answer that got lost, and it is asked for again. Codes and words of
 * a provider (-32005, -32007, -32016, -32603, 429) do not matter there. Of a send, unknown words are a refusal: the node may have judged the bytes.
 */
const codeOf = (refusal: Refusal, method: string): 'DEADLINE' | 'UNAVAILABLE' | 'RPC_REFUSED' => {
  if (refusal === 'late') return 'DEADLINE';
  if (refusal === 'unreachable' || refusal === 'busy') return 'UNAVAILABLE';
  return refusal === 'refused' && method !== 'eth_sendRawTransaction' ? 'UNAVAILABLE' : 'RPC_REFUSED';
};

/**
 * `field` is the refusal. Without the original as cause. Ethers' errors carry the url, which holds an API key, and the signed bytes, which
 * are as good as money.
 */
export const rpcError = (call: Call, error: unknown): KeyturnError => {
  const refusal = refusalOf(error, call.call);
  const message = `${call.service}: ${call.call} ${call.resource}: ${refusal}`;
  return new KeyturnError(codeOf(refusal, call.call), message, { field: refusal });
};
