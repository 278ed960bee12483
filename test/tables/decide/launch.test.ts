import { expect, test } from 'vitest';
import { decideLaunch, isAtWork, zoneOf } from '#core/decide/launch.ts';
import type { NewestTurn } from '#core/facts/turns.ts';
import { OPERATIONS } from '#test/support/given.ts';
import { acts, decisions, ignores, table, waits } from '#test/support/table.ts';

const MINUTE = 60_000;

interface Given {
  /** The newest turn of the wallet; turn 4 in zone-b, open, where a row does not say otherwise. */
  readonly newest?: Partial<NewestTurn>;
  readonly zones?: string[];
}
/** What stands against a launch. */
interface When {
  readonly paused?: true;
  readonly decided?: true;
  readonly stopped?: true;
}

const operations = { ...OPERATIONS, bootLimitSeconds: 300 };
const launch = ({ newest, zones = ['zone-a', 'zone-b'] }: Given, { paused, decided, stopped }: When) =>
  decideLaunch(
    'hot',
    newest && { turn: 4n, zone: 'zone-b', closed: false, age: 0, machine: 'absent', ...newest },
    { paused: paused ?? false, decided: decided ?? false, stopped: stopped ?? false },
    { ...operations, zones },
  );

const DUE: When = {};
const TURN_4_AGAIN = acts({ turn: 4n, zone: 'zone-b', name: 'turn-hot-4', claim: false });
const TURN_5 = acts({ turn: 5n, zone: 'zone-a', name: 'turn-hot-5', claim: true });

decisions('launch: is the newest turn of the wallet open?', launch, [
  ['The first turn of a wallet.', {}, DUE, acts({ turn: 1n, zone: 'zone-a', name: 'turn-hot-1', claim: true })],
  ['A turn that closed is followed by the next one.', { newest: { closed: true, machine: 'stopped' } }, DUE, TURN_5],
  [
    'A turn whose VM runs looks for work itself.',
    { newest: { machine: 'alive', age: MINUTE } },
    DUE,
    waits('TURN_OPEN', '4'),
  ],
  [
    'However old it is, a VM that runs is waited for.',
    { newest: { machine: 'alive', age: 600 * MINUTE } },
    DUE,
    waits('TURN_OPEN'),
  ],
  ['A turn whose VM never came gets the very same VM again.', { newest: { age: MINUTE } }, DUE, TURN_4_AGAIN],
  ['Within the boot limit its VM may still come.', { newest: { age: 5 * MINUTE - 1 } }, DUE, TURN_4_AGAIN],
  ['At the boot limit nobody waits for it any more.', { newest: { age: 5 * MINUTE } }, DUE, TURN_5],
  ['A VM that stopped without closing its turn died: the next turn.', { newest: { machine: 'stopped' } }, DUE, TURN_5],
  ['A closed turn whose VM still runs is over.', { newest: { closed: true, machine: 'alive' } }, DUE, TURN_5],
]);

decisions('launch: what stands against it', launch, [
  ['A request that is decided or submitted needs no turn.', {}, { decided: true }, ignores('')],
  ['A paused deployment launches nothing.', {}, { paused: true }, waits('PAUSED')],
  ['A wallet that a foreign transaction stopped launches nothing.', {}, { stopped: true }, waits('WALLET_STOPPED')],
  ['What is decided owes nothing, paused or not.', {}, { decided: true, paused: true, stopped: true }, ignores('')],
  ['Of pause and stop the pause is told: it ends first.', {}, { paused: true, stopped: true }, waits('PAUSED')],
  ['A pause stops the next VM of an open turn too.', { newest: {} }, { paused: true }, waits('PAUSED')],
]);

const atWork = (newest: Partial<NewestTurn> | undefined, boot: number): boolean =>
  isAtWork(newest && { turn: 4n, zone: 'zone-b', closed: false, age: 0, machine: 'alive', ...newest }, {
    ...operations,
    bootLimitSeconds: boot,
  });

table('launch: is a turn at work, beside which none is launched?', atWork, [
  ['A turn whose VM runs is.', {}, 300, true],
  ['However old it is.', { age: 600 * MINUTE }, 300, true],
  ['One that closed is not, whatever its VM does.', { closed: true }, 300, false],
  ['One whose VM stopped is not.', { machine: 'stopped' }, 300, false],
  ['One whose VM may still come finds nothing yet.', { machine: 'absent' }, 300, false],
  ['No turn is none.', undefined, 300, false],
]);

const zone = (zones: readonly string[], turn: bigint) => zoneOf(turn, zones);

table('launch: each turn tries the next zone', zone, [
  ['The first turn goes to the first zone.', ['a', 'b', 'c'], 1n, 'a'],
  ['The second goes to the second.', ['a', 'b', 'c'], 2n, 'b'],
  ['After the last zone comes the first again.', ['a', 'b', 'c'], 4n, 'a'],
  ['The turn with the highest number has a zone too.', ['a', 'b', 'c'], 999_999_999_999n, 'c'],
  ['One zone takes all turns.', ['a'], 7n, 'a'],
]);

test('without a zone nothing can be launched: a fault, in words', () => {
  expect(() => zoneOf(1n, [])).toThrow('operations name no zone');
});
