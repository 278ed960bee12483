import { edit, type Mutation, mutation } from './mutation.ts';

const CAP = 'if (total <= most) return [];';

/** What a wallet may pay in tokens, by which encoding, and to whom. */
export const TOKENS: readonly Mutation[] = [
  mutation(
    'windows of tokens forgotten',
    'tokens',
    '2 window',
    edit('core/transaction/spend.ts', 'named === undefined ? 0n : (units', 'named !== undefined ? 0n : (units'),
  ),
  mutation(
    'approvals do not count',
    'tokens',
    '2 window',
    edit(
      'core/calls/moves.ts',
      'leaves, allows }: Units): bigint => leaves + allows',
      'leaves }: Units): bigint => leaves',
    ),
  ),
  mutation(
    'calls within a call do not count',
    'tokens',
    '2 window',
    edit(
      'core/calls/call-tree.ts',
      '...within.map(({ units }) => units)]',
      '...within.slice(within.length).map(({ units }) => units)]',
    ),
  ),
  mutation(
    'the cap of a token forgotten',
    'tokens-odd',
    '2 law',
    edit('core/policy-rules.ts', CAP, 'if (total >= 0n) return [];'),
    edit('core/transaction/spend.ts', 'named === undefined ? 0n : (units', 'named !== undefined ? 0n : (units'),
  ),
  mutation(
    'bytes behind the arguments are passed over',
    'tokens-odd',
    '2 law',
    edit('core/calls/decode.ts', 'if (end !== bytes.length)', 'if (end > bytes.length)'),
  ),
  mutation(
    'an address may have more than 20 bytes',
    'tokens-odd',
    '2 law',
    edit('core/calls/decode.ts', "'0'.repeat(24)", "''.repeat(24)"),
  ),
  mutation(
    'a limit of an argument forgotten',
    'tokens-odd',
    '2 law',
    edit('core/calls/arguments.ts', '=> list.includes(String(value));', "=> list.length >= 0 || value === '';"),
  ),
];
