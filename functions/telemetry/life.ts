import { type Attributes, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import * as names from '#adapters/telemetry/semconv.ts';
import type { Telemetry } from '#adapters/telemetry/telemetry.ts';
import { errorFields } from '#core/error-fields.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { type Milestones, type StageName, stagesOf } from '#core/facts/stages.ts';
import { loadFacts } from '#core/facts/store.ts';
import type { Context } from '#functions/runtime/context.ts';
import { requestTrace } from '#schemas/trace-ids.ts';

/** The root is the whole of it; below it, one span for each stage. */
const WHOLE: StageName = 'requested-final';

/** When the entry of the register was created: asked of the bucket, since no fact tells it. */
const sealedAt = async ({ storage, buckets }: Context, { submitted }: RequestFacts): Promise<number | undefined> => {
  if (submitted === undefined || !submitted.fact.seal.startsWith('seals/')) return undefined;
  return (await storage.stat(buckets.register, submitted.fact.seal))?.timeCreated;
};

const milestones = async (context: Context, facts: RequestFacts): Promise<Milestones | undefined> => {
  const { request, approved, submitted, outcome } = facts;
  if (request === undefined || outcome === undefined) return undefined;
  return {
    requested: request.object.timeCreated,
    approved: approved?.object.timeCreated,
    sealed: await sealedAt(context, facts),
    sent: submitted?.object.timeCreated,
    final: outcome.object.timeCreated,
  };
};

const tell = (telemetry: Telemetry, facts: RequestFacts, times: Milestones): void => {
  const { id, outcome, request } = facts;
  const closed: Attributes = {
    [names.OUTCOME]: outcome?.fact.outcome ?? '',
    [names.CHAIN]: request?.fact.request.chainId ?? '',
  };
  const code = outcome?.fact.code ?? '';
  const stages = stagesOf(times);
  const { tracer, histograms } = telemetry;
  const root = telemetry.withIds(requestTrace(id), () =>
    tracer.startSpan(
      'request',
      {
        root: true,
        startTime: times.requested,
        attributes: { ...closed, [names.REQUEST_ID]: id, ...(code === '' ? {} : { [names.CODE]: code }) },
      },
      ROOT_CONTEXT,
    ),
  );
  const below = trace.setSpan(ROOT_CONTEXT, root);
  for (const { name, from, to } of stages) {
    histograms.stage.record((to - from) / 1000, { ...closed, [names.STAGE]: name });
    if (name === WHOLE) root.end(to);
    else
      telemetry
        .withIds(requestTrace(id, name), () =>
          tracer.startSpan(
            name.replace('-', ' to '),
            { startTime: from, attributes: { [names.REQUEST_ID]: id, [names.STAGE]: name } },
            below,
          ),
        )
        .end(to);
  }
};

/**
 * Tells the life of a request that has just come to its end: its trace, and how long each stage took. All of it from stored facts and their
 * dates, so the machine that signs has nothing to send. To be called by whoever created the outcome, and by nobody else. So each
 * request counts once, or not at all where a process dies here. What fails is logged; the request is not touched by it.
 */
export const tellLife = async (context: Context, id: string): Promise<void> => {
  const { telemetry, storage, buckets, log } = context;
  if (telemetry === undefined) return;
  try {
    const facts = await loadFacts(storage, buckets, id);
    const times = await milestones(context, facts);
    if (times !== undefined) tell(telemetry, facts, times);
  } catch (error) {
    log.warn('telemetry.fault', { id, ...errorFields(error) });
  }
};
