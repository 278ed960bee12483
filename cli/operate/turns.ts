import type { Deployment } from '#cli/app/deployment.ts';
import { bad, type Line, warn } from '#cli/app/output.ts';
import type { Ports } from '#cli/app/session.ts';
import { ENOUGH_TURNS } from '#core/decide/relaunch.ts';
import { listTurns, readNewestTurn } from '#core/facts/read-turns.ts';
import { deathsInARow, type SeenTurn, type TurnState, turnState } from '#core/facts/turns.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { timeText } from '#schemas/spellings.ts';

/** The newest turn of a wallet, as a person is told of it. */
export interface Turn {
  readonly turn: bigint;
  readonly state: TurnState;
  /** ms */
  readonly claimedAt: number;
  /** Turns in a row, up to the newest, that died. */
  readonly deaths: number;
}

/** A turn can be told of without its machine: not everybody may see machines. */
const machineIn =
  (ports: Ports) =>
  async (zone: string, name: string): Promise<SeenTurn['machine']> => {
    try {
      return await (await ports.machines()).state(zone, name);
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      return 'unseen';
    }
  };

/** `now`: ms. Undefined where the wallet never had a turn. Throws what Storage throws. */
export const newestTurnOf = async (
  { buckets: { work }, config }: Deployment,
  ports: Ports,
  wallet: string,
  now: number,
): Promise<Turn | undefined> => {
  const storage = await ports.storage();
  const source = { storage, work, clock: { now: () => now }, machineState: machineIn(ports) };
  const newest = await readNewestTurn(source, wallet);
  if (newest === undefined) return undefined;
  const state = turnState(newest, config.operations);
  const marks = await listTurns(storage, work, wallet, ENOUGH_TURNS);
  const unfinished = state === 'open' || state === 'unknown' ? newest.turn : undefined;
  return { turn: newest.turn, state, claimedAt: now - newest.age, deaths: deathsInARow(marks, 0, unfinished) };
};

export const turnWords = (turn: Turn | undefined): Line => {
  if (turn === undefined) return 'none yet';
  const claimed = timeText(turn.claimedAt);
  switch (turn.state) {
    case 'open':
      return warn(`${turn.turn} open since ${claimed}`);
    case 'closed':
      return `${turn.turn} closed`;
    case 'died':
      return bad(`${turn.turn} died, started ${claimed}${turn.deaths > 1 ? `: ${turn.deaths} died in a row` : ''}`);
    case 'unknown':
      return warn(`${turn.turn} not closed, started ${claimed}. Its machine cannot be seen from here`);
    default:
      return turn.state satisfies never;
  }
};

export const turnJson = (turn: Turn | undefined) =>
  turn === undefined
    ? null
    : {
        turn: `${turn.turn}`,
        state: turn.state,
        open: turn.state === 'open',
        claimedAt: timeText(turn.claimedAt),
        deathsInARow: turn.deaths,
      };
