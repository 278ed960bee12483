import { newestWait, readWait, type Wait, waitText } from '#core/facts/wait.ts';
import { table } from '#test/support/table.ts';

const AT = Date.parse('2027-01-01T00:00:05Z');
const noted = (fields: object): string =>
  JSON.stringify({ code: 'NONCE_AHEAD', at: '2027-01-01T00:00:05Z', ...fields });
const read = (text: string | undefined, _: 'read') => readWait(text);

table<string | undefined, 'read', Wait | undefined>('what a mark says that a request waits for', read, [
  [
    'The code, the time, and the nonce that must move.',
    noted({ nextNonce: '2' }),
    'read',
    { code: 'NONCE_AHEAD', at: AT, nextNonce: 2n },
  ],
  [
    'A wait for something else names no nonce.',
    noted({ code: 'BALANCE_LOW' }),
    'read',
    { code: 'BALANCE_LOW', at: AT, nextNonce: undefined },
  ],
  [
    'The numbers that people are told, and the reason of a node as one of our words.',
    noted({ code: 'NODE_REFUSED', numbers: { have: '1', balanceWei: '20' }, refusal: 'busy' }),
    'read',
    {
      code: 'NODE_REFUSED',
      at: AT,
      nextNonce: undefined,
      numbers: { have: 1n, balanceWei: 20n },
      refusal: 'busy',
    },
  ],
  ["A node's own words are none of ours.", noted({ refusal: 'https://rpc.example/key' }), 'read', undefined],
  ['A text where a number stands.', noted({ numbers: { have: 'https://rpc.example/key' } }), 'read', undefined],
  ['A number that nobody knows.', noted({ numbers: { url: '1' } }), 'read', undefined],
  ['No note.', undefined, 'read', undefined],
  ['An empty note.', '', 'read', undefined],
  ['No JSON.', '{', 'read', undefined],
  ['Another code: only what a turn can answer counts.', noted({ code: 'REJECTED' }), 'read', undefined],
  ['A name that every object has is no code.', noted({ code: 'constructor' }), 'read', undefined],
  ['No time.', noted({ at: 'soon' }), 'read', undefined],
  ['A nonce below zero.', noted({ nextNonce: '-1' }), 'read', undefined],
  ['A nonce in another spelling.', noted({ nextNonce: '02' }), 'read', undefined],
  ['A nonce that is no text.', noted({ nextNonce: 2 }), 'read', undefined],
  ['A nonce beyond 64 bits.', noted({ nextNonce: '18446744073709551616' }), 'read', undefined],
  ['A field that nobody knows.', noted({ close: true }), 'read', undefined],
]);

const write = (wait: Wait, _: 'written') => waitText(wait);
table<Wait, 'written', string>('what a turn notes', write, [
  [
    'With a nonce.',
    { code: 'GAP_BELOW', at: AT + 999, nextNonce: 7n },
    'written',
    '{"code":"GAP_BELOW","at":"2027-01-01T00:00:05Z","nextNonce":"7"}',
  ],
  [
    'Without one.',
    { code: 'WINDOW_FULL', at: AT, nextNonce: undefined },
    'written',
    '{"code":"WINDOW_FULL","at":"2027-01-01T00:00:05Z"}',
  ],
  [
    'With numbers and the reason of a node.',
    { code: 'NODE_REFUSED', at: AT, nextNonce: undefined, numbers: { tipWei: 3n }, refusal: 'late' },
    'written',
    '{"code":"NODE_REFUSED","at":"2027-01-01T00:00:05Z","numbers":{"tipWei":"3"},"refusal":"late"}',
  ],
]);

const at = (code: Wait['code'], ms: number): Wait => ({ code, at: ms, nextNonce: undefined });
interface Noted {
  readonly turn?: Wait;
  readonly step?: Wait;
}
const newest = ({ turn, step }: Noted, stage: 'accepted' | 'approved') =>
  newestWait({ wait: turn, held: step }, stage === 'approved')?.code;

table<Noted, 'accepted' | 'approved', Wait['code'] | undefined>('what a request waits for by its mark', newest, [
  ['Nothing is noted.', {}, 'approved', undefined],
  ['What a turn noted.', { turn: at('BALANCE_LOW', 1) }, 'approved', 'BALANCE_LOW'],
  ['What another step noted.', { step: at('PAUSED', 1) }, 'approved', 'PAUSED'],
  ['The newer of both.', { turn: at('BALANCE_LOW', 1), step: at('PAUSED', 2) }, 'approved', 'PAUSED'],
  ['Also where a turn is newer.', { turn: at('BALANCE_LOW', 2), step: at('TURN_OPEN', 1) }, 'approved', 'BALANCE_LOW'],
  [
    'Of two of one time, the turn was started first.',
    { turn: at('BALANCE_LOW', 1), step: at('TURN_OPEN', 1) },
    'approved',
    'BALANCE_LOW',
  ],
  ['Approvals that are missing.', { step: at('NOT_ENOUGH_SHARES', 1) }, 'accepted', 'NOT_ENOUGH_SHARES'],
  ['A count of before the approval is over.', { step: at('NOT_ENOUGH_SHARES', 2) }, 'approved', undefined],
  [
    'What a turn counted is not.',
    { turn: at('NOT_ENOUGH_SHARES', 1), step: at('NOT_ENOUGH_SHARES', 2) },
    'approved',
    'NOT_ENOUGH_SHARES',
  ],
]);
