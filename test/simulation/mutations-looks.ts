import { edit, type Mutation, mutation } from './mutation.ts';

const LOOK = 'core/decide/next-look.ts';

/** When a request is looked at that waits for its co-signers. */
export const LOOKS: readonly Mutation[] = [
  mutation(
    'a vote whose notification was lost is looked for after two hours',
    'unnotified',
    '8',
    edit(LOOK, 'const MOST_MS = 3_600_000;', 'const MOST_MS = 7_200_000;'),
  ),
  mutation(
    'a vote whose notification was lost is looked for past validUntil only',
    'unnotified',
    '8',
    edit(LOOK, 'validUntil - polls * poll).filter((at) => at > now)', 'validUntil + polls * poll)'),
  ),
  mutation(
    'an approved request is passed over though its machine is gone',
    'poison',
    '8',
    edit(
      'functions/reconcile/pass-over.ts',
      'if (isAtWork(newest, operations)) return true;',
      'if (newest !== undefined) return true;',
    ),
  ),
];
