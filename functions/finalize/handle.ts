import { z } from 'zod';
import { decideFinalize, type Settlement } from '#core/decide/finalize.ts';
import { ignore, wait } from '#core/decision.ts';
import { isQuick, type SettlementFacts } from '#core/facts/chain-facts.ts';
import { type RequestState, stateOf } from '#core/facts/lifecycle.ts';
import { loadSettling } from '#core/facts/store.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { eventBody } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import { commitSettlement } from '#functions/settlement/commit.ts';
import { loadOfSeal } from '#functions/settlement/load.ts';
import { loadSealed } from '#functions/settlement/load-seal.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import { chainOf, walletNamed } from '#schemas/config.ts';
import { hex64, spelled, uint64 } from '#schemas/spellings.ts';
import { awaitQuickFinality } from './quick-finality.ts';

const submittedEvent = z.object({
  id: spelled(hex64),
  wallet: z.string(),
  chainId: spelled(uint64),
  nonce: spelled(uint64),
});
type Input = z.infer<typeof submittedEvent>;

interface State {
  /** Undefined: nothing is mined at its nonce yet, and nothing was read. */
  readonly request: RequestState | undefined;
  /** Of a submitted request: what was found, or why nothing could be. */
  readonly found: { readonly facts: SettlementFacts } | { readonly unreachable: KeyturnError } | undefined;
}

/**
 * Nothing is mined at the nonce of this message, on a chain where no call waits for that. Its wallet is one of the law's, and only its count is
 * asked for. A message that lies of its nonce is a lost message: the mark says when reconcile looks at the facts.
 */
const isTooEarly = async ({ law, chains }: ChainContext, { wallet, chainId, nonce }: Input): Promise<boolean> => {
  const [address, chain] = [walletNamed(law, wallet)?.address, chainOf(law, chainId)];
  if (address === undefined || chain === undefined || isQuick(chain)) return false;
  return (await chains.of(chainId).count(address, 'claimed')) <= BigInt(nonce);
};

/** A chain that cannot be reached is waited for: thrown, it would fill the dead letters with messages that reconcile replaces anyway. */
const unlessUnreachable = async <T>(ask: () => Promise<T>): Promise<T | { readonly unreachable: KeyturnError }> => {
  try {
    return await ask();
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { unreachable: error };
  }
};

const load = async (context: ChainContext, input: Input): Promise<State> => {
  const early = await unlessUnreachable(() => isTooEarly(context, input));
  if (early === true) return { request: undefined, found: undefined };
  if (early !== false) return { request: undefined, found: early };
  // Not to be had is no fault of a chain: it is thrown, and Pub/Sub brings the message again.
  const request = stateOf(await loadSettling(context.storage, context.buckets, input.id));
  if (request.stage !== 'submitted') return { request, found: undefined };
  const { submitted } = request;
  const found = await unlessUnreachable(async (): Promise<{ readonly facts: SettlementFacts }> => {
    // Nothing is asked of a chain, nor waited for, on the word of a submitted.json that the register does not know.
    const seal = await loadSealed(context, request.request, submitted);
    if (seal === undefined) return { facts: { sealed: false } };
    await awaitQuickFinality(context, submitted);
    return { facts: await loadOfSeal(context, seal, submitted) };
  });
  return { request, found };
};

export const finalizeStep = (context: ChainContext): Step<Input, State, Settlement, never> => ({
  name: 'finalize',
  parse: (message) => eventBody(message, submittedEvent),
  about: ({ id }) => ({ id }),
  load: (input) => load(context, input),
  decide: (_, { request, found }) => {
    if (found !== undefined && 'unreachable' in found)
      return wait('CHAIN_UNREACHABLE', 'no node of this chain answered');
    if (request === undefined) return wait('NOT_MINED', 'no node knows of a transaction at its nonce');
    if (request.stage === 'decided') return ignore('decided already; reconcile repeats what was not announced');
    if (request.stage !== 'submitted' || found === undefined) return ignore('not submitted');
    return decideFinalize(request.request, request.submitted, found.facts, context.buckets.results);
  },
  commit: async (_, { request, found }, act) => {
    if (request?.stage !== 'submitted' || found === undefined || 'unreachable' in found) return;
    const { submitted } = request;
    await commitSettlement(context, {
      request: request.request,
      submitted,
      facts: found.facts,
      decision: { kind: 'act', act },
    });
  },
  refuse: nothing,
  // The mark is left alone: it is due soon, as whoever sent the bytes wrote it, and reconcile then notes what is waited for.
  wait: async ({ id }, { request, found }, _, decision) => {
    if (found !== undefined && 'unreachable' in found) {
      const { code, message } = found.unreachable;
      context.log.warn('finalize.chain', { id, code, reason: message });
    }
    if (request?.stage !== 'submitted' || found === undefined || 'unreachable' in found) return;
    const { request: fact, submitted } = request;
    await commitSettlement(context, { request: fact, submitted, facts: found.facts, decision });
  },
});
