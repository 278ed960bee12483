import { type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult, Network } from 'ethers';
import type { z } from 'zod';
import type { Caller, Limits } from '#adapters/calls/deadline.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { quantity } from './quantity.ts';
import { batchAnswers, isBatchStatus } from './rpc-batch.ts';
import { revertDataIn, rpcError } from './rpc-errors.ts';
import { boundedRequest } from './rpc-http.ts';

const ONE_URL: Limits = { attemptMs: 12_000, attempts: 1 };

/** Where a node is: `place` counts the urls of a chain from 1 and stands in messages, since a url may carry a key. */
export interface NodePlace {
  readonly chainId: string;
  readonly place: number;
  readonly url: string;
  /** ms of one request, all in all. */
  readonly timeoutMs?: number;
}

/** As ethers types it; it may hold an `error` instead of the result. */
type Answered = JsonRpcResult;

/**
 * ethers takes an answer for lost whose id is not the very number of the question. A connection carries one question, so an id told as text
 * is as good. An error may come without an id (https://www.jsonrpc.org/specification#response_object). An `error` of null is no error.
 */
const answerTo = ({ id }: JsonRpcPayload, answer: Answered): Answered => {
  const { error, ...rest }: Answered & { readonly error?: unknown } = answer;
  const whole = error === null ? rest : answer;
  const isOurs = String(whole.id) === String(id) || (whole.id == null && 'error' in whole);
  return isOurs ? { ...whole, id } : whole;
};

class OneAnswerProvider extends JsonRpcProvider {
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<Answered[]> {
    const answers = await super._send(payload);
    const [only, ...others] = answers;
    const isOne = !Array.isArray(payload) && typeof only === 'object' && only !== null && others.length === 0;
    return isOne ? [answerTo(payload, only)] : answers;
  }

  /** Asks all of these in one request, by the ids 1, 2, 3 … What comes back is whatever the node says. */
  together(method: string, each: readonly (readonly unknown[])[]): Promise<readonly unknown[]> {
    return this._send(each.map((params, n) => ({ jsonrpc: '2.0', id: n + 1, method, params: [...params] })));
  }
}

/**
 * One RPC url of one chain. It is named by its place in the configuration, since the url holds an API key. Before anything else it must say
 * that it is of this chain: CONFIG otherwise.
 */
export class ChainNode {
  readonly name: string;
  /** Among the urls of its chain, from 1. */
  readonly place: number;
  readonly #chainId: string;
  readonly #provider: OneAnswerProvider;
  readonly #call: Caller;
  #checked: Promise<void> | undefined;
  /** It was asked in a batch, and takes none. */
  #isSingle = false;

  constructor({ chainId, place, url, timeoutMs = ONE_URL.attemptMs - 1_000 }: NodePlace, call: Caller) {
    this.name = `chain ${chainId} at url ${place}`;
    this.place = place;
    this.#chainId = chainId;
    this.#call = call;
    this.#provider = new OneAnswerProvider(boundedRequest(url, timeoutMs), Network.from(BigInt(chainId)), {
      staticNetwork: true,
      cacheTimeout: -1,
      batchMaxCount: 1,
    });
  }

  #send(method: string, params: readonly unknown[]): Promise<unknown> {
    const call = { service: 'rpc', call: method, resource: this.name };
    return this.#call(call, ONE_URL, async () => {
      try {
        return await this.#provider.send(method, [...params]);
      } catch (error) {
        throw rpcError(call, error);
      }
    });
  }

  async #check(): Promise<void> {
    const answer = quantity.safeParse(await this.#send('eth_chainId', []));
    if (answer.data !== BigInt(this.#chainId))
      throw new KeyturnError('CONFIG', `rpc: ${this.name}: it is a node of chain ${answer.data ?? 'unknown'}`);
  }

  async #ofChain(): Promise<void> {
    this.#checked ??= this.#check();
    try {
      await this.#checked;
    } catch (error) {
      this.#checked = undefined;
      throw error;
    }
  }

  #parsed<T>(method: string, said: unknown, schema: z.ZodType<T>): T {
    const answer = schema.safeParse(said);
    if (!answer.success)
      throw new KeyturnError('UNAVAILABLE', `rpc: ${method} ${this.name}: an answer of another form`);
    return answer.data;
  }

  /** Throws RPC_REFUSED (`field`: the refusal), UNAVAILABLE (also where the answer has not the right form), DEADLINE, CONFIG. */
  async ask<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    await this.#ofChain();
    return this.#parsed(method, await this.#send(method, params), schema);
  }

  /**
   * Asks the same of each in one request, in their order. What became of each is as `ask` gives it; what the node left out is UNAVAILABLE.
   * Undefined: the node takes no such batch, and did nothing; this url is not asked so again. Throws as `ask` where all of it got lost.
   */
  async askTogether<T>(
    method: string,
    each: readonly (readonly unknown[])[],
    schema: z.ZodType<T>,
  ): Promise<readonly PromiseSettledResult<T>[] | undefined> {
    if (this.#isSingle) return undefined;
    await this.#ofChain();
    const call = { service: 'rpc', call: method, resource: this.name };
    const answers = await this.#call(call, ONE_URL, async () => {
      try {
        return await this.#provider.together(method, each);
      } catch (error) {
        if (isBatchStatus(error)) return undefined;
        throw rpcError(call, error);
      }
    });
    const told = answers === undefined ? undefined : batchAnswers(answers, call, each.length);
    if (told === undefined) this.#isSingle = true;
    return told === undefined
      ? undefined
      : Promise.allSettled(
          told.map(async (one) => {
            if (one.status === 'rejected') throw one.reason;
            return this.#parsed(method, one.value, schema);
          }),
        );
  }

  /** What an eth_call reverts with, `0x…`; undefined where it succeeds or the node keeps the data to itself. Throws as `ask`. */
  async revertOf(params: readonly unknown[]): Promise<string | undefined> {
    await this.ask('eth_blockNumber', [], quantity);
    const call = { service: 'rpc', call: 'eth_call', resource: this.name };
    return this.#call(call, ONE_URL, async () => {
      try {
        await this.#provider.send('eth_call', [...params]);
        return undefined;
      } catch (error) {
        const data = revertDataIn(error);
        if (data !== undefined) return data;
        throw rpcError(call, error);
      }
    });
  }

  close(): void {
    this.#provider.destroy();
  }
}
