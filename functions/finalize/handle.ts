import { z } from 'zod';
import type { ChainFacts, Settlement } from '#core/decide/finalize.ts';
import { ignore, wait } from '#core/decision.ts';
import { loadFacts } from '#core/facts-store.ts';
import { type RequestState, stateOf } from '#core/lifecycle.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import type { ChainContext } from '../shell/context.ts';
import { eventBody } from '../shell/push.ts';
import { nothing, type Step } from '../shell/run-step.ts';
import { isSealed } from '../shell/sealed.ts';
import { chainFacts, judgeSettlement, lookAgainLater, settle } from '../shell/settlement.ts';

const submittedEvent = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) });
type Input = z.infer<typeof submittedEvent>;

interface State {
  readonly request: RequestState;
  readonly chain: ChainFacts | undefined;
}

/** ms that one call may wait for a quick chain to finish; slower ones are reconcile's. */
const PATIENCE = 8000;
const PAUSE = 400;

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
  if (request.stage !== 'submitted' || !(await isSealed(context, request.request, request.submitted)))
    return { request, chain: undefined };
  const until = context.clock.now() + PATIENCE;
  for (;;) {
    const chain = await factsOrNone(context, request.submitted);
    if (chain === undefined) return { request, chain };
    const decided = judgeSettlement(context, request.request, request.submitted, chain).kind === 'act';
    if (decided || context.clock.now() + PAUSE > until) return { request, chain };
    await context.clock.sleep(PAUSE);
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
