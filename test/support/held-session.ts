import { type Held, ladderSignatures, type SigningAt, statementSignature } from '#core/signing/sign.ts';
import type { SigningSession } from '#core/signing/signer.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** A session in which these shares lie already, unjudged. */
export const heldSession = (at: SigningAt, held: ReadonlyMap<string, Held>): SigningSession => {
  const heldOf = (id: string): Held => {
    const found = held.get(id);
    if (found === undefined) throw new KeyturnError('NOT_ENOUGH_SHARES', 'none is held');
    return found;
  };
  return {
    start: () => {},
    open: () => Promise.reject(new Error('they are open')),
    signLadder: async (ladder) => ladderSignatures(ladder, heldOf(ladder.id), at),
    signStatement: async (id, statement) => statementSignature(statement, heldOf(id), at),
    drop: () => {},
    fault: () => undefined,
    end: () => {},
  };
};
