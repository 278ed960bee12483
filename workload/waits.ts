import { errorFields } from '#core/error-fields.ts';
import { noteWait } from '#core/facts/marks.ts';
import type { WaitCode } from '#core/facts/wait.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { WaitNumbers } from '#schemas/wait-about.ts';
import type { Lane } from './lane.ts';

interface Waiting {
  readonly id: string;
  readonly code: WaitCode;
  /** Of a wait for a nonce: the one that must move. */
  readonly nextNonce?: bigint | undefined;
  readonly numbers?: WaitNumbers;
  readonly coSigner?: string | undefined;
}

/**
 * Notes in the open marks why requests wait: reconcile reads there whether another machine could help, and people what they wait for. Each
 * answer once a turn. Best effort: a note that fails costs a machine, never a seal.
 */
export const noteWaits = async ({ context, notedWaits }: Lane, waiting: readonly Waiting[]): Promise<void> => {
  const { storage, buckets, wallet, clock, log } = context;
  await Promise.all(
    waiting.map(async ({ id, code, nextNonce, numbers, coSigner }) => {
      const answer = `${code} ${nextNonce} ${numbers?.until} ${coSigner}`;
      if (notedWaits.get(id) === answer) return;
      try {
        const wait = { code, at: clock.now(), nextNonce, ...(numbers === undefined ? {} : { numbers }), coSigner };
        await noteWait(storage, buckets.work, { wallet: wallet.name, id }, wait);
        notedWaits.set(id, answer);
      } catch (error) {
        if (isKeyturnError(error)) log.warn('turn.fault', { id, ...errorFields(error) });
        else log.alarm('turn.fault', { id, ...errorFields(error) });
      }
    }),
  );
};
