import { edit, type Mutation, mutation } from './mutation.ts';

const WINDOW = 'workload/holds/window.ts';
const NO_ROOM = 'if (windows.length === 0) return all(candidates);';

/** How much may leave a wallet, and how many machines may die over it. What may be sealed above what, and what may take whose place. */
export const LIMITS: readonly Mutation[] = [
  mutation(
    'windows forgotten',
    'windows',
    '2 window',
    edit(WINDOW, NO_ROOM, 'if (windows.length >= 0) return all(candidates);'),
    // The second read asks the register once more, and keeps in what overfills a window.
    edit('workload/release.ts', 'if (window !== undefined) {', 'if (window?.seconds === 0) {'),
  ),
  mutation(
    'windows asked for in the second read only',
    'windows',
    '4',
    // What is sealed and kept in has a nonce, and can neither be sent nor end.
    edit(WINDOW, NO_ROOM, 'if (windows.length >= 0) return all(candidates);'),
  ),
  mutation(
    'a window that does not count what was archived at the same name',
    'windows-raced',
    '2 window',
    edit(
      'core/register/windows.ts',
      'each.entry.rawHash !== own.entry.rawHash && (each.seq <= own.seq',
      'each.name !== own.name && (each.seq < own.seq',
    ),
  ),
  mutation(
    'what is sealed and not mined is not reserved',
    'poor',
    '4 9',
    edit(
      'core/decide/mineable.ts',
      'left: report.balance - sum(reserved.values()) };',
      'left: report.balance + 0n * sum(reserved.values()) };',
    ),
  ),
  mutation(
    'deaths of turns in a row are not counted',
    'doomed',
    '8 boots',
    edit('functions/reconcile/follow-approved.ts', 'alive) >= MAX_DEATHS)', 'alive) >= 1_000)'),
  ),
  mutation(
    'a gap below is ignored',
    'stuck',
    '8 gap',
    edit(
      'workload/holds/gap.ts',
      'if (first === undefined) return all(candidates);',
      'if (gaps.length >= 0) return all(candidates);',
    ),
  ),
  mutation(
    'a turn is owed although the next nonce did not move',
    'ahead',
    '8 boots',
    edit('core/decide/nonce-wait.ts', 'return next !== wait.nonce;', 'return next >= 0n;'),
  ),
  mutation(
    'a replacement may be the very transaction of another',
    'replacing',
    '5',
    edit(
      'core/register/replacement.ts',
      'if (same === undefined) return undefined;',
      'if (same === undefined || own.size > 0) return undefined;',
    ),
  ),
  mutation(
    'a replacement is not asked what it is beside its target in one batch',
    'reorgs',
    '5 twins',
    edit(
      'workload/holds/underpriced.ts',
      'candidates.some((other) => other.id === request.replaces)',
      'candidates.length === 0',
    ),
  ),
  mutation(
    'a seal that was kept in makes room in a window',
    'windows-raced',
    '2 window',
    edit('core/register/windows.ts', '? entry.items.filter(({ id }) => id !== item.id).map(', '? entry.items.map('),
  ),
  mutation(
    'of twins both are settled by one transaction',
    'windows-raced',
    '5 twins',
    edit(
      'functions/reconcile/follow-approved.ts',
      'filter((hash) => !others.includes(hash))',
      'filter(() => others.length >= 0)',
    ),
  ),
  mutation(
    'the law trusts every chain',
    'chain-chaos',
    '5',
    edit('adapters/chain/google-chains.ts', '?.trusted === true ? 1 : 2', '?.trusted === true ? 1 : 1'),
  ),
];
