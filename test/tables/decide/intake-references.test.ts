import {
  isRegisterAsked,
  provableSince,
  provenEnd,
  type ReferenceUse,
  referenceHashOf,
  toldEnd,
  type UseEnd,
} from '#core/decide/intake.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import type { OutcomeFact, RequestFact } from '#schemas/facts.ts';
import { timeText } from '#schemas/spellings.ts';
import { factsOf, LAW, LAW_HASH, lawWith, requestFact, time } from '#test/support/given.ts';
import { close, idOf, item, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

type Outcome = OutcomeFact['outcome'] | 'none yet';
const told = (outcome: Outcome, _: 'its reference'): UseEnd =>
  toldEnd(outcome === 'none yet' ? undefined : factsOf({ outcome }).outcome?.fact);
const row = (outcome: Outcome, then: UseEnd) => [outcome, 'its reference', then] as const;

table<Outcome, 'its reference', UseEnd>('intake: what an outcome says of a reference', told, [
  ['Open: it holds it.', ...row('none yet', 'holds')],
  ['Mined: it holds it.', ...row('finalized', 'holds')],
  ['Mined and reverted: it holds it, its fee was paid.', ...row('reverted', 'holds')],
  ['Replaced: it holds it, the replacement was mined.', ...row('replaced', 'holds')],
  ['Superseded: it holds it, it was sealed.', ...row('superseded', 'holds')],
  ['Rejected: told.', ...row('rejected', 'told')],
  ['Expired: told.', ...row('expired', 'told')],
  ['Refused: told.', ...row('refused', 'told')],
  ['Withdrawn: told.', ...row('withdrawn', 'told')],
  ['Given up: told.', ...row('failed', 'told')],
]);

/** What an earlier request of `invoice-1` was. It was valid until 2030-01-01T00:00:00Z, and for a day at most. */
interface Earlier {
  readonly request?: Readonly<Record<string, string>>;
  readonly altered?: Partial<RequestFact>;
  readonly mark?: string;
  readonly absent?: true;
}
const LOCKED = lawWith({}, { register: { projectNumber: '1', lock: 'required', retentionSeconds: 40 * 86_400 } });
const HASH = referenceHashOf(requestFact().request);

const since = ({ request, altered, mark, absent }: Earlier, at: string): string => {
  const fact = { ...requestFact(request), ...altered };
  const use: ReferenceUse = { attempt: 1n, id: mark ?? fact.id, replaces: '', end: 'told' };
  const from = provableSince(use, { fact: absent ? undefined : fact, referenceHash: HASH }, LOCKED, time(at));
  return from === undefined ? 'never' : timeText(from);
};

const SOON = '2030-01-01T01:00:00Z';
table('intake: how far back the register must be read', since, [
  ['A day and the slack of two hours before its validUntil.', {}, SOON, '2029-12-30T22:00:00Z'],
  ['Before that, as far from now.', {}, '2029-12-31T12:00:00Z', '2029-12-30T10:00:00Z'],
  ['Until its seal could be deleted: 40 days.', {}, '2030-02-08T23:58:00Z', '2029-12-30T22:00:00Z'],
  ['Then no read proves anything.', {}, '2030-02-08T23:58:01Z', 'never'],
  ['A request that is not stored proves nothing.', { absent: true }, SOON, 'never'],
  ['Nor one that another id is stored under.', { mark: 'a'.repeat(64) }, SOON, 'never'],
  ['Nor one of another reference.', { request: { reference: 'invoice-2' } }, SOON, 'never'],
  [
    'Nor one whose fields were altered.',
    { altered: { request: requestFact({ validUntil: '2031-01-01T00:00:00Z' }).request } },
    SOON,
    'never',
  ],
]);

/** The id of a request is its digest: the register of these rows closes or seals it under that. */
const FACT: RequestFact = requestFact();
const named = (entry: ListedEntry): ListedEntry => {
  const own = <T extends { readonly id: string }>(one: T): T => (one.id === idOf('R1') ? { ...one, id: FACT.id } : one);
  const inside = entry.entry;
  return {
    ...entry,
    entry:
      inside.kind === 'close'
        ? { ...inside, items: inside.items.map(own) }
        : { ...inside, items: inside.items.map(own) },
  };
};
const proven = (entries: readonly ListedEntry[], at: string): UseEnd =>
  provenEnd(FACT, view(entries.map(named), { at: time(at) }), LOCKED);
const CLOSED = close(0n, ['R1'], { timeCreated: time('2030-01-01T00:00:30Z') });

table('intake: what the register shows of an end that is told', proven, [
  ['A close, and no seal: the reference is free.', [CLOSED], SOON, 'free'],
  ['No close: it is only told.', [], SOON, 'told'],
  ['A close of another: it is only told.', [close(0n, ['R2'], { timeCreated: time(SOON) })], SOON, 'told'],
  ['A close beside a seal: it is only told.', [seal(1n, [item('R1', 0n)]), CLOSED], SOON, 'told'],
  ['A close whose time is over: it is only told.', [CLOSED], '2030-02-08T23:58:01Z', 'told'],
]);

interface Uses {
  readonly ends: readonly UseEnd[];
  readonly accepted?: true;
  readonly open?: number;
}
const asked = ({ ends, accepted, open = 0 }: Uses, at: string): boolean => {
  const fact = requestFact();
  const uses = ends.map((end, n) => ({ attempt: BigInt(9 - n), id: `${n}`.padStart(64, '0'), replaces: '', end }));
  return isRegisterAsked(
    {
      message: { data: new Uint8Array(), messageId: 'm-1' },
      request: { id: fact.id, fact, referenceHash: HASH },
    },
    { accepted: accepted ?? false, uses, open: { wallet: open, requester: 0, unsigned: 0 } },
    { law: LAW, lawHash: LAW_HASH },
    time(at),
  );
};

const IN_TIME = '2029-12-31T23:59:59Z';
table('intake: the register is read only where all depends on it', asked, [
  ['A reference that was never used: no.', { ends: [] }, IN_TIME, false],
  ['One that is held: no.', { ends: ['holds'] }, IN_TIME, false],
  ['One that was never accepted: no.', { ends: ['free'] }, IN_TIME, false],
  ['One whose end is told: yes.', { ends: ['told', 'free'] }, IN_TIME, true],
  ['One whose end is told, and that another holds: no.', { ends: ['told', 'holds'] }, IN_TIME, false],
  ['What the law refuses anyway: no.', { ends: ['told'] }, '2030-01-01T00:00:00Z', false],
  ['What has no room: no.', { ends: ['told'], open: 1000 }, IN_TIME, false],
]);
