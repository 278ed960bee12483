import { z } from 'zod';
import type { ChainFacts, Settlement } from '#core/decide/finalize.ts';
import { ignore, wait } from '#core/decision.ts';
import { type RequestState, stateOf } from '#core/facts/lifecycle.ts';
import { loadFacts } from '#core/facts/store.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { eventBody } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import { chainFacts, judgeSettlement, lookAgainLater, settle } from '#functions/settlement/settle.ts';
import { matchesSeal } from '#functions/settlement/verify-seal.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import { hex64, spelled } from '#schemas/spellings.ts';

const submittedEvent = z.object({ id: spelled(hex64) });
type Input = z.infer<typeof submittedEvent>;

interface State {
  readonly request: RequestState;
  readonly chain: ChainFacts | undefined;
}

/** ms that one call may wait for a quick chain to finish; slower ones are reconcile's. */
const POLL_BUDGET_MS = 8000;
const POLL_PAUSE_MS = 400;

/** A chain that cannot be reached is waited for: thrown, it would fill the dead letters with messages that reconcile replaces anyway. */
const factsOrNone = async (context: ChainContext, submitted: SubmittedFact): Promise<ChainFacts | undefined> => {
  try {
    return await chainFacts(context, submitted);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    context.log.warn('finalize.chain', { id: submitted.id, code: error.code, reason: error.message });
    return undefined;
  }
};

const load = async (context: ChainContext, { id }: Input): Promise<State> => {
  const request = stateOf(await loadFacts(context.storage, context.buckets, id));
  if (request.stage !== 'submitted' || !(await matchesSeal(context, request.request, request.submitted)))
    return { request, chain: undefined };
  const until = context.clock.now() + POLL_BUDGET_MS;
  for (;;) {
    const chain = await factsOrNone(context, request.submitted);
    if (chain === undefined) return { request, chain };
    const decided = judgeSettlement(context, request.request, request.submitted, chain).kind === 'act';
    if (decided || context.clock.now() + POLL_PAUSE_MS > until) return { request, chain };
    await context.clock.sleep(POLL_PAUSE_MS);
  }
};

export const finalizeStep = (context: ChainContext): Step<Input, State, Settlement, never> => ({
  name: 'finalize',
  parse: (message) => eventBody(message, submittedEvent),
  about: ({ id }) => ({ id }),
  load: (input) => load(context, input),
  decide: (_, { request, chain }) => {
    if (request.stage === 'decided') return ignore('decided already; reconcile repeats what was not announced');
    if (request.stage !== 'submitted') return ignore('not submitted');
    return chain === undefined
      ? wait('CHAIN_UNREACHABLE', 'no node of this chain answered')
      : judgeSettlement(context, request.request, request.submitted, chain);
  },
  commit: async (_, { request }, settlement) => {
    if (request.stage === 'submitted') await settle(context, request.request, settlement, request.submitted);
  },
  refuse: nothing,
  wait: async (_, { request }, now) => {
    if (request.stage === 'submitted') await lookAgainLater(context, request.request, now);
  },
});
