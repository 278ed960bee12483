import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { STAGES, type Stage } from '#core/facts/marks.ts';
import type { Wait } from '#core/facts/wait.ts';
import { validUntilMs } from '#schemas/request.ts';
import { endOfWait } from './close.ts';
import type { Collection } from './collect.ts';

/** What is owed to one open request now. Exactly one thing at a time: the next tick finds the next. */
export type Owed =
  /** The mark is there, the request is not: intake died half way. */
  | { readonly kind: 'finish-intake' }
  /** Outcome stored: announce it again, then the mark goes. */
  | { readonly kind: 'finish-outcome' }
  | { readonly kind: 'settle' }
  | {
      readonly kind: 'close';
      readonly code: 'NOT_APPROVED_IN_TIME' | 'NOT_SEALED_IN_TIME' | 'REJECTED' | 'TOO_FEW_APPROVERS' | 'WITHDRAWN';
      readonly reason: string;
    }
  | { readonly kind: 'approve'; readonly coSigners: readonly string[] }
  | { readonly kind: 'launch' }
  | { readonly kind: 'nothing' };

/** `wait`: what the newest step noted. */
export const decideReconcile = (
  facts: RequestFacts,
  collection: Collection | undefined,
  now: number,
  wait?: Wait,
): Owed => {
  const state = stateOf(facts);
  switch (state.stage) {
    case 'unknown':
      return { kind: 'finish-intake' };
    case 'decided':
      return { kind: 'finish-outcome' };
    case 'submitted':
      return { kind: 'settle' };
    case 'accepted':
    case 'approved': {
      if (validUntilMs(state.request.request) <= now)
        return state.stage === 'approved'
          ? {
              kind: 'close',
              code: 'NOT_SEALED_IN_TIME',
              reason: endOfWait('approved, but not sealed before validUntil', wait),
            }
          : { kind: 'close', code: 'NOT_APPROVED_IN_TIME', reason: 'validUntil passed before it was approved' };
      if (facts.withdrawn !== undefined)
        return { kind: 'close', code: 'WITHDRAWN', reason: `withdrawn by ${state.request.request.requester}` };
      if (collection?.kind === 'reject')
        return collection.rejecters.length > 0
          ? { kind: 'close', code: 'REJECTED', reason: `rejected by ${collection.rejecters.join(', ')}` }
          : {
              kind: 'close',
              code: 'TOO_FEW_APPROVERS',
              reason: 'the law leaves too few co-signers who may approve what this requester asks',
            };
      // Approved, says a fact; the listings say that its delay is not over. No machine is owed before.
      if (collection?.kind === 'delay') return { kind: 'nothing' };
      if (state.stage === 'approved') return { kind: 'launch' };
      return collection?.kind === 'approve'
        ? { kind: 'approve', coSigners: collection.coSigners }
        : { kind: 'nothing' };
    }
    /* v8 ignore next -- the compiler sees to it that no stage is left @preserve */
    default:
      return state satisfies never;
  }
};

/** What may never have been said: a mark's stage is raised only after its announcements went out. */
export const unannounced = (facts: RequestFacts, mark: Stage): readonly ('accepted' | 'approved' | 'submitted')[] => {
  const reached = STAGES.indexOf(mark);
  return (['accepted', 'approved', 'submitted'] as const).filter(
    (stage) => reached < STAGES.indexOf(stage) && facts[stage === 'accepted' ? 'request' : stage] !== undefined,
  );
};

/** The stage that a mark may carry once everything is announced. */
export const markStage = (facts: RequestFacts): Stage => {
  const { stage } = stateOf(facts);
  return stage === 'unknown' ? 'received' : stage;
};
