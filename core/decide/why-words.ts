import type { OutcomeFact, OutcomeKind } from '#schemas/facts.ts';
import { type Asked, waitNext, waitSentence } from '#schemas/waits.ts';
import type { Why } from './why.ts';

interface Ending {
  readonly says: (outcome: Pick<OutcomeFact, 'blockNumber'>) => string;
  /** What to type next, after the name of the program. */
  readonly next: (id: string) => string;
}

const show = (id: string): string => `show ${id}`;

/** How a request can end, in one sentence each. */
const ENDINGS: Readonly<Record<OutcomeKind, Ending>> = {
  finalized: {
    says: ({ blockNumber }) => `It is over: it is mined in block ${blockNumber} and final.`,
    next: () => 'receipts',
  },
  reverted: {
    says: ({ blockNumber }) => `It is over: it was mined in block ${blockNumber} and reverted, and its fee is paid.`,
    next: show,
  },
  replaced: { says: () => 'It is over: another request of the wallet was mined in its place.', next: show },
  superseded: {
    says: () => 'It is over: a transaction that keyturn did not make was mined in its place.',
    next: () => 'status',
  },
  rejected: { says: () => 'It is over: too many co-signers rejected it.', next: show },
  expired: { says: () => 'It is over: its time ended before it was signed.', next: show },
  refused: { says: () => 'It is over: the machine refused to sign it.', next: show },
  withdrawn: { says: () => 'It is over: its requester withdrew it before it was signed.', next: show },
  failed: { says: () => 'It is over: too many machines died over it before it was signed.', next: () => 'doctor' },
};

/** One sentence: what it waits for, or how it ended. */
export const whySentence = (why: Why): string => {
  switch (why.kind) {
    case 'unknown':
      return 'No request with this id was accepted.';
    case 'decided':
      return ENDINGS[why.outcome.outcome].says(why.outcome);
    case 'waits':
      return waitSentence(why.code, why.about);
    /* v8 ignore next -- every kind is above @preserve */
    default:
      return why satisfies never;
  }
};

/** What to type next, after the name of the program. */
export const whyNext = (why: Why, asked: Asked): string => {
  switch (why.kind) {
    case 'unknown':
      return 'pending';
    case 'decided':
      return ENDINGS[why.outcome.outcome].next(asked.id);
    case 'waits':
      return waitNext(why.code, asked);
    /* v8 ignore next -- every kind is above @preserve */
    default:
      return why satisfies never;
  }
};
