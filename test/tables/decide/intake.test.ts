import { decideIntake, type IntakeState, type ReferenceUse } from '#core/decide/intake.ts';
import type { Decision } from '#core/decision.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { LAW, LAW_HASH, requestFact, time } from '#test/support/given.ts';
import { acts, decisions, refuses, table } from '#test/support/table.ts';

const [A, B, C] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
/** The request that comes. */
const ITSELF = 'itself';

interface When {
  /** Fields of the plain request (valid until 2030-01-01T00:00:00Z) that differ. */
  readonly request?: Readonly<Record<string, string>>;
  readonly at: string;
}

type Use = Partial<ReferenceUse>;
interface Given {
  readonly accepted?: true;
  /** Uses of its reference, newest first. */
  readonly uses?: readonly Use[];
  readonly open?: Partial<IntakeState['open']>;
}

const answer = ({ accepted, uses = [], open }: Given, { request, at }: When) => {
  const fact = requestFact(request);
  const recognised = { id: fact.id, fact, referenceHash: 'd'.repeat(64) };
  const state: IntakeState = {
    accepted: accepted ?? false,
    uses: uses.map(({ id = A, ...use }) => ({
      ...{ attempt: 1n, replaces: '', end: 'holds' },
      ...use,
      id: id === ITSELF ? fact.id : id,
    })),
    open: { wallet: 0, requester: 0, unsigned: 0, ...open },
  };
  return decideIntake(
    { message: { data: new Uint8Array(), messageId: 'm-1' }, request: recognised },
    state,
    { law: LAW, lawHash: LAW_HASH },
    time(at),
  );
};

/** Which attempt of its reference it takes; undefined where that is taken for it already. */
const intake = (given: Given, when: When): Decision<{ readonly attempt: bigint | undefined }, RefusalFact> => {
  const decision = answer(given, when);
  return decision.kind === 'act' ? { kind: 'act', act: { attempt: decision.act.attempt } } : decision;
};

const IN_TIME = { at: '2029-12-31T23:59:59Z' };
const TOO_LATE = { at: '2030-01-01T00:00:00Z' };
const takes = (attempt: bigint) => acts({ attempt });
const AS_BEFORE = acts({ attempt: undefined });

decisions('intake: the same request again', intake, [
  ['A new request takes the first attempt of its reference.', {}, IN_TIME, takes(1n)],
  ['What was accepted once stays accepted.', { accepted: true }, IN_TIME, AS_BEFORE],
  ['What was accepted once stays accepted after validUntil.', { accepted: true }, TOO_LATE, AS_BEFORE],
  [
    'What was accepted once needs no room.',
    { accepted: true, open: { wallet: 1000, requester: 100 } },
    IN_TIME,
    AS_BEFORE,
  ],
  ['A delivery that died after it took the reference goes on.', { uses: [{ id: ITSELF }] }, IN_TIME, AS_BEFORE],
  [
    'One that died and comes back too late is refused.',
    { uses: [{ id: ITSELF }] },
    TOO_LATE,
    refuses('EXPIRED', 'validUntil'),
  ],
]);

decisions('intake: one reference, one payment', intake, [
  [
    'A reference that another request holds is refused, with that request’s id.',
    { uses: [{ id: A }] },
    IN_TIME,
    refuses('REFERENCE_USED', 'reference', A),
  ],
  ['It is free again when that one ended unsealed.', { uses: [{ id: A, end: 'free' }] }, IN_TIME, takes(2n)],
  [
    'It is not where only an outcome says so.',
    { uses: [{ id: A, end: 'told' }] },
    IN_TIME,
    refuses('REFERENCE_USED', 'reference', A, 'no close of it that counts'),
  ],
  [
    'Of several that ended unsealed, the newest gives the number of the next attempt.',
    {
      uses: [
        { id: B, attempt: 8n, end: 'free' },
        { id: A, attempt: 7n, end: 'free' },
      ],
    },
    IN_TIME,
    takes(9n),
  ],
  [
    'One that holds it behind one that ended unsealed still holds it.',
    {
      uses: [
        { id: B, attempt: 2n, end: 'free' },
        { id: A, attempt: 1n },
      ],
    },
    IN_TIME,
    refuses('REFERENCE_USED', 'reference', A),
  ],
  [
    'A request that held it before others takes it again.',
    {
      uses: [
        { id: B, attempt: 2n, end: 'free' },
        { id: ITSELF, attempt: 1n },
      ],
    },
    IN_TIME,
    takes(3n),
  ],
]);

const replacing = (id: string) => ({ request: { nonce: '7', replaces: id }, ...IN_TIME });

decisions('intake: a replacement may carry the reference of what it replaces', intake, [
  ['A replacement of the holder.', { uses: [{ id: A }] }, replacing(A), takes(2n)],
  [
    'A replacement of the holder’s replacement.',
    { uses: [{ id: B, attempt: 2n, replaces: A }, { id: A }] },
    replacing(B),
    takes(3n),
  ],
  [
    'A second replacement of the holder, beside a first.',
    { uses: [{ id: B, attempt: 2n, replaces: A }, { id: A }] },
    replacing(A),
    takes(3n),
  ],
  [
    'A second replacement of one that used another reference.',
    { uses: [{ id: B, replaces: A }] },
    replacing(A),
    takes(2n),
  ],
  [
    'A replacement of a request that has nothing to do with the holder is refused.',
    { uses: [{ id: A }] },
    replacing(B),
    refuses('REFERENCE_USED', 'reference', A),
  ],
  [
    'A replacement of one of two holders is refused, with the id of the other.',
    { uses: [{ id: B, attempt: 2n }, { id: A }] },
    replacing(B),
    refuses('REFERENCE_USED', 'reference', A),
  ],
  [
    'A request that skips a foreign nonce replaces no holder.',
    { uses: [{ id: A }] },
    { request: { nonce: '7', replaces: 'foreign' }, ...IN_TIME },
    refuses('REFERENCE_USED', 'reference', A),
  ],
  [
    'Forged marks that replace one another in a circle end the search, and are refused.',
    { uses: [{ id: A, attempt: 3n, replaces: B }, { id: B, attempt: 2n, replaces: A }, { id: C }] },
    replacing(A),
    refuses('REFERENCE_USED', 'reference'),
  ],
]);

const FULL = 'TOO_MANY_OPEN';
decisions('intake: room among the open requests', intake, [
  ['The hundredth of one requester is accepted.', { open: { wallet: 99, requester: 99 } }, IN_TIME, takes(1n)],
  [
    'One requester may have 100 open requests, and no more.',
    { open: { wallet: 100, requester: 100 } },
    IN_TIME,
    refuses(FULL, 'requester', 'dapp', '100'),
  ],
  ['The thousandth of one wallet is accepted.', { open: { wallet: 999, requester: 0 } }, IN_TIME, takes(1n)],
  [
    'One wallet may have 1000 open requests, and no more.',
    { open: { wallet: 1000, requester: 0 } },
    IN_TIME,
    refuses(FULL, 'wallet', 'hot', '1000'),
  ],
  [
    'Of a wallet with room for 1000, the 800th that nobody signed is accepted.',
    { open: { wallet: 799, unsigned: 799 } },
    IN_TIME,
    takes(1n),
  ],
  [
    'The next one is not: the rest is for those who sign.',
    { open: { wallet: 800, unsigned: 800 } },
    IN_TIME,
    refuses(FULL, 'requester', 'hot', '800'),
  ],
  ['Signed ones take no room of those that are not.', { open: { wallet: 999, unsigned: 799 } }, IN_TIME, takes(1n)],
  [
    'Where the whole wallet is full, that is told.',
    { open: { wallet: 1000, unsigned: 800 } },
    IN_TIME,
    refuses(FULL, 'wallet'),
  ],
  [
    'Where both are full, the requester is told of its own.',
    { open: { wallet: 1000, requester: 100 } },
    IN_TIME,
    refuses(FULL, 'requester'),
  ],
]);

decisions('intake: what is told first', intake, [
  ['The law before the room.', { open: { wallet: 1000, requester: 100 } }, TOO_LATE, refuses('EXPIRED', 'validUntil')],
  [
    'The room before the reference.',
    { open: { wallet: 1000, requester: 0 }, uses: [{ id: A }] },
    IN_TIME,
    refuses(FULL, 'wallet'),
  ],
]);

const existing = (given: Given, when: When) => {
  const decision = answer(given, when);
  return decision.kind === 'refuse' ? decision.refusal.existingId : decision.kind;
};

table('intake: the id in a refusal', existing, [
  ['A used reference names the request that holds it.', { uses: [{ id: A }] }, IN_TIME, A],
  ['Any other refusal names none.', {}, TOO_LATE, ''],
]);
