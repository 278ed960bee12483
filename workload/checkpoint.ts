import type { Checkpoint } from '#core/register/checkpoint.ts';
import { checkpointOf, uncoveredBelow } from '#core/register/make-checkpoint.ts';
import { nextSeq, type RegisterView } from '#core/register/rules.ts';
import type { NamedCheckpoint } from '#core/register/sealing.ts';
import { longestWindow } from '#core/register/windows.ts';
import { tokensOn } from '#schemas/config.ts';
import { entriesSince, type Lane } from './lane.ts';

/** The checkpoint that is made with the next seal, once a new machine would have to read so many entries one by one. */
export const checkpointDue = (lane: Lane, view: RegisterView): Checkpoint | undefined => {
  const { context, register } = lane;
  const seq = nextSeq(view);
  if (uncoveredBelow(view, seq) < context.checkpointEvery) return undefined;
  const since = entriesSince(lane);
  return checkpointOf(view, {
    ...{ seq, since, spentSince: since - longestWindow(context.wallet.policy) },
    ...{ lawHash: context.lawHash, chain: tokensOn(context.law, register.chainId) },
  });
};

/** Before the seal that names it. Where that seal comes to nothing, nobody ever looks at it. */
export const storeCheckpoint = async (lane: Lane, { reference, checkpoint, bytes }: NamedCheckpoint): Promise<void> => {
  await lane.context.storage.createOnce(lane.register.registerBucket, reference.object, bytes);
  lane.checkpoints.set(reference.object, checkpoint);
};
