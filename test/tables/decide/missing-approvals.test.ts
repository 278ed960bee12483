import { delayWait, missingApprovals } from '#core/decide/missing-approvals.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import { table } from '#test/support/table.ts';

interface Given {
  readonly approvedBy: readonly string[];
  readonly needed: number;
  readonly unlisted?: string;
  /** Whose share would not count anyway. */
  readonly askedBy?: string;
}

const TOLD = 'it is told';
const missing = ({ approvedBy, needed, unlisted, askedBy }: Given, _: typeof TOLD) => {
  const initiators = askedBy === undefined ? [] : [askedBy];
  const none = { uploads: [], rejecters: [], ignored: [], enough: false, hopeless: false };
  const state = { ...none, countable: approvedBy, initiators };
  const unreachable = new Map(unlisted === undefined ? [] : [[unlisted, 'PERMISSION_DENIED' as const]]);
  return missingApprovals({ kind: 'count', state, needed }, { unreachable });
};

table<Given, typeof TOLD, FoundWait>('what a request with too few shares waits for', missing, [
  [
    'More approvals, with how many are there.',
    { approvedBy: ['alice'], needed: 2 },
    TOLD,
    { code: 'NOT_ENOUGH_SHARES', numbers: { have: 1n, need: 2n } },
  ],
  [
    'A co-signer whose location cannot be listed may have approved already.',
    { approvedBy: ['alice'], needed: 2, unlisted: 'bob' },
    TOLD,
    { code: 'SHARE_UNREACHABLE' },
  ],
  [
    'One who asked for it is not waited for: that share would not count.',
    { approvedBy: ['alice'], needed: 2, unlisted: 'bob', askedBy: 'bob' },
    TOLD,
    { code: 'NOT_ENOUGH_SHARES', numbers: { have: 1n, need: 2n } },
  ],
  [
    'Another who cannot be listed is waited for, whoever asked.',
    { approvedBy: ['alice'], needed: 2, unlisted: 'bob', askedBy: 'holder-3' },
    TOLD,
    { code: 'SHARE_UNREACHABLE' },
  ],
]);

interface Delay {
  readonly until: number;
  readonly unlisted?: string;
}
const waiting = ({ until, unlisted }: Delay, now: number) => delayWait({ until, unlisted }, now);

table<Delay, number, FoundWait>('what a request with a delay waits for', waiting, [
  ['Its end, in whole seconds, never too early.', { until: 5001 }, 5000, { code: 'DELAYED', numbers: { until: 6n } }],
  [
    'Its end first, also where a place cannot be listed.',
    { until: 5001, unlisted: 'bob' },
    5000,
    { code: 'DELAYED', numbers: { until: 6n } },
  ],
  [
    'When it is over, that place, by its holder.',
    { until: 5000, unlisted: 'bob' },
    5000,
    { code: 'VOTE_UNREACHABLE', coSigner: 'bob' },
  ],
  ['When it is over, and nothing else.', { until: 5000 }, 5000, { code: 'DELAYED', numbers: { until: 5n } }],
]);
