import { z } from 'zod';
import { decideFinalize, type Settlement } from '#core/decide/finalize.ts';
import { settlementWait } from '#core/decide/settlement-wait.ts';
import { ignore, wait } from '#core/decision.ts';
import type { SettlementFacts } from '#core/facts/chain-facts.ts';
import { type RequestState, stateOf } from '#core/facts/lifecycle.ts';
import { patchMark } from '#core/facts/marks.ts';
import { loadFacts } from '#core/facts/store.ts';
import { type FoundWait, waitAt } from '#core/facts/wait.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { eventBody } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import { commitSettlement } from '#functions/settlement/commit.ts';
import { loadOfSeal } from '#functions/settlement/load.ts';
import { loadSealed } from '#functions/settlement/load-seal.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import { hex64, spelled } from '#schemas/spellings.ts';
import { awaitQuickFinality } from './quick-finality.ts';

const submittedEvent = z.object({ id: spelled(hex64) });
type Input = z.infer<typeof submittedEvent>;

interface State {
  readonly request: RequestState;
  /** Of a submitted request: what was found, or why nothing could be. */
  readonly found: { readonly facts: SettlementFacts } | { readonly unreachable: KeyturnError } | undefined;
}

/** A chain that cannot be reached is waited for: thrown, it would fill the dead letters with messages that reconcile replaces anyway. */
const load = async (context: ChainContext, { id }: Input): Promise<State> => {
  const request = stateOf(await loadFacts(context.storage, context.buckets, id));
  if (request.stage !== 'submitted') return { request, found: undefined };
  const { submitted } = request;
  try {
    // Nothing is asked of a chain, nor waited for, on the word of a submitted.json that the register does not know.
    const seal = await loadSealed(context, request.request, submitted);
    if (seal === undefined) return { request, found: { facts: { sealed: false } } };
    await awaitQuickFinality(context, submitted);
    return { request, found: { facts: await loadOfSeal(context, seal, submitted) } };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { request, found: { unreachable: error } };
  }
};

export const finalizeStep = (context: ChainContext): Step<Input, State, Settlement, never> => ({
  name: 'finalize',
  parse: (message) => eventBody(message, submittedEvent),
  about: ({ id }) => ({ id }),
  load: (input) => load(context, input),
  decide: (_, { request, found }) => {
    if (request.stage === 'decided') return ignore('decided already; reconcile repeats what was not announced');
    if (request.stage !== 'submitted' || found === undefined) return ignore('not submitted');
    return 'unreachable' in found
      ? wait('CHAIN_UNREACHABLE', 'no node of this chain answered')
      : decideFinalize(request.request, request.submitted, found.facts, context.buckets.results);
  },
  commit: async (_, { request, found }, act) => {
    if (request.stage !== 'submitted' || found === undefined || 'unreachable' in found) return;
    const { submitted } = request;
    await commitSettlement(context, {
      request: request.request,
      submitted,
      facts: found.facts,
      decision: { kind: 'act', act },
    });
  },
  refuse: nothing,
  wait: async ({ id }, { request, found }, now, decision) => {
    if (request.stage !== 'submitted' || found === undefined) return;
    const { submitted } = request;
    let held: FoundWait | undefined = { code: 'CHAIN_UNREACHABLE' };
    if ('unreachable' in found) {
      const { code, message } = found.unreachable;
      context.log.warn('finalize.chain', { id, code, reason: message });
    } else {
      await commitSettlement(context, { request: request.request, submitted, facts: found.facts, decision });
      held = settlementWait(decision, found.facts, BigInt(submitted.nonce));
    }
    const due = now + context.operations.pollSeconds * 1000;
    await patchMark(
      context.storage,
      context.buckets.work,
      { whose: request.request.request, id },
      { stage: 'submitted', due, held: held === undefined ? undefined : waitAt(held, now) },
    );
  },
});
