import { missingApprovals } from '#core/decide/missing-approvals.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import { table } from '#test/support/table.ts';

interface Given {
  readonly approvedBy: readonly string[];
  readonly needed: number;
  readonly unlisted?: string;
}

const TOLD = 'it is told';
const missing = ({ approvedBy, needed, unlisted }: Given, _: typeof TOLD) => {
  const state = { countable: approvedBy, uploads: [], rejecters: [], ignored: [], enough: false, hopeless: false };
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
]);
