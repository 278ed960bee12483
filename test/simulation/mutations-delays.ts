import { edit, type Mutation, mutation } from './mutation.ts';

const DELAY = 'core/shares/delay.ts';

/** What waits after its approvals, and who may stop it. */
export const DELAYS: readonly Mutation[] = [
  mutation(
    'the delay starts by approved.json',
    'delays',
    '2 delay',
    edit(
      DELAY,
      'Math.max(share.timeCreated, requestedAt ?? Number.MAX_SAFE_INTEGER)',
      '(requestedAt ?? Number.MAX_SAFE_INTEGER)',
    ),
    edit('workload/gather.ts', 'facts.request?.object.timeCreated', 'facts.approved?.object.timeCreated'),
  ),
  mutation(
    'no veto at the second look',
    'delays',
    '2 veto',
    edit('workload/seal-next.ts', 'if (await isOpposed(lane, item)) {', "if (item.id === '') {"),
  ),
  mutation(
    'a place that cannot be listed counts as no veto',
    'delays',
    '2 veto',
    edit(DELAY, "return unlisted === undefined ? { kind: 'none' }", "return unlisted !== '' ? { kind: 'none' }"),
  ),
];
