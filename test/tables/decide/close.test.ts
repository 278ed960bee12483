import { mayBeSaid, outcomeOfClose } from '#core/decide/close.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import type { Code } from '#schemas/codes.ts';
import type { OutcomeFact } from '#schemas/facts.ts';
import { requestFact, time } from '#test/support/given.ts';
import { asks, close as closes, idOf, item, LIMITS, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

const ASKED = requestFact();

interface Close {
  readonly code: Code;
  readonly reason: string;
}

const close = (fact: typeof ASKED, when: Close) => {
  const { id, ...outcome } = outcomeOfClose(fact, when);
  return id === fact.id ? outcome : 'the outcome of another request';
};

/** No chain decided it: no transaction, no block, no receipt. */
const ended = (outcome: string, { code, reason }: Close) => ({
  wallet: 'hot',
  outcome,
  code,
  reason,
  transactionHash: '',
  blockNumber: '',
  receipt: '',
});
const because = (code: Code): Close => ({ code, reason: `because of ${code}` });
const then = (code: Code, outcome: string) => [ASKED, because(code), ended(outcome, because(code))] as const;

table<typeof ASKED, Close, unknown>('close: what a believed close makes of a request', close, [
  ['Not approved before validUntil: expired.', ...then('NOT_APPROVED_IN_TIME', 'expired')],
  ['Approved, but not sealed before validUntil: expired.', ...then('NOT_SEALED_IN_TIME', 'expired')],
  ['A turn found validUntil in the past: expired.', ...then('EXPIRED', 'expired')],
  ['Too many co-signers rejected it: rejected.', ...then('REJECTED', 'rejected')],
  ['Its requester took it back: withdrawn.', ...then('WITHDRAWN', 'withdrawn')],
  ['Too many turns died over it: failed.', ...then('RELAUNCHES_EXHAUSTED', 'failed')],
  ['The policy denies it: refused.', ...then('POLICY_DENIED', 'refused')],
  ['Its nonce is sealed for another: refused.', ...then('NONCE_TAKEN', 'refused')],
  ['Its reference is used: refused.', ...then('REFERENCE_USED', 'refused')],
  ['What it replaces is not sealed at its nonce: refused.', ...then('REPLACES_UNKNOWN', 'refused')],
  ['A code that no turn gives today is a refusal too: anybody may write a close.', ...then('USAGE', 'refused')],
]);

type Kind = OutcomeFact['outcome'];
/** R1, valid until 2030-01-01T00:00:00Z, whose entries are kept for ten days. The register is read an hour later, or when the row says. */
interface Register {
  readonly shows: readonly ListedEntry[];
  readonly at?: string;
}
const SAID = {
  id: idOf('R1'),
  wallet: 'hot',
  code: '',
  reason: '',
  transactionHash: '',
  blockNumber: '',
  receipt: '',
} as const;
const said = ({ shows, at = '2030-01-01T01:00:00Z' }: Register, outcome: Kind): boolean =>
  mayBeSaid(
    { ...SAID, outcome },
    { ...requestFact(), id: idOf('R1'), request: asks('R1') },
    view(shows, { at: time(at) }),
    LIMITS,
  );
const CLOSED = closes(0n, ['R1'], { timeCreated: time('2030-01-01T00:00:30Z') });
const SEALED = seal(1n, [item('R1', 7n)]);

table<Register, Kind, boolean>('close: which stored outcome is said again', said, [
  ['An end without a seal, and a close: yes.', { shows: [CLOSED] }, 'expired', true],
  ['An end without a seal, and nothing: no.', { shows: [] }, 'expired', false],
  ['An end without a seal, and a close beside a seal: no.', { shows: [SEALED, CLOSED] }, 'rejected', false],
  ['Mined, and a seal: yes.', { shows: [SEALED] }, 'finalized', true],
  ['Mined, and a seal of another: no.', { shows: [seal(1n, [item('R2', 7n)])] }, 'finalized', false],
  ['Replaced, and nothing: no.', { shows: [CLOSED] }, 'replaced', false],
  ['Superseded, and a seal: yes.', { shows: [SEALED] }, 'superseded', true],
  ['What the register need not show any more: yes.', { shows: [], at: '2030-01-10T00:00:00Z' }, 'expired', true],
]);
