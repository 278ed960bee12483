import type { Topics } from './names.ts';

/** Every type of event (`ce-type`), the topics it goes to, and when it is said. `docs/asyncapi.json` is made from it. */
export const EVENT_TYPES = {
  'keyturn.request.accepted': { topics: ['requestEvents'], when: 'the request is stored' },
  'keyturn.request.refused': { topics: ['requestEvents'], when: 'the message is no acceptable request' },
  'keyturn.request.share-seen': {
    topics: ['requestEvents'],
    when: 'a share of this co-signer lies there. That of who asked for it does not count',
  },
  'keyturn.request.share-bad': { topics: ['requestEvents'], when: 'a machine found a share of this co-signer bad' },
  'keyturn.request.rejected-by': { topics: ['requestEvents'], when: 'this co-signer rejected' },
  'keyturn.request.approved': { topics: ['requestEvents'], when: 'enough shares are there' },
  'keyturn.request.waiting': {
    topics: ['requestEvents'],
    when: 'it waits, once for each `code` of `schemas/waits.ts`; `reason` is its sentence. One that passed at once may never be told',
  },
  'keyturn.request.submitted': {
    topics: ['requestEvents', 'submitted'],
    when: 'sealed, and its bytes are stored',
  },
  'keyturn.request.outcome': { topics: ['requestEvents'], when: 'it is over' },
  'keyturn.turn.due': { topics: ['approved'], when: 'a turn of this wallet is due' },
  'keyturn.receipt': { topics: ['receipts'], when: 'a transaction of ours is final' },
} as const satisfies Readonly<Record<string, { topics: readonly (keyof Topics)[]; when: string }>>;

export type EventType = keyof typeof EVENT_TYPES;
