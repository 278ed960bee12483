import { turnClosedObject, turnFolder, turnOf } from '#schemas/names.ts';
import type { Clock, Storage, StoredObject } from '../ports.ts';
import { readFact } from './store.ts';
import { type SeenTurn, type TurnMarks, turnsIn, turnsSince } from './turns.ts';

/** Objects that are searched for the newest claim at a time. */
const NEWEST_PAGE = 100;
const MARKS_PAGE = 1000;
/** Anyone who can start machines can make marks without end. */
const MAX_PAGES = 20;

const isClaim = ({ name }: StoredObject): boolean => turnOf(name)?.kind === 'claim';

/** What the newest turn is read with: the work bucket, and who tells of machines. */
export interface TurnSource<M> {
  readonly storage: Storage;
  readonly work: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly machineState: (zone: string, name: string) => Promise<M>;
}

/**
 * The newest turn of a wallet that was claimed; undefined where none ever was. Names list newest first, and a turn's own marks follow its
 * claim, `.closed` before `.tried-…`. The machine of a closed turn is not asked for: `stopped`. Throws what Storage and `machineState` throw.
 */
export const readNewestTurn = async <M extends SeenTurn['machine']>(
  { storage, work, clock, machineState }: TurnSource<M>,
  wallet: string,
): Promise<(Omit<SeenTurn, 'machine'> & { readonly machine: M | 'stopped' }) | undefined> => {
  const folder = turnFolder(wallet);
  let page = await storage.list(work, folder, { limit: NEWEST_PAGE });
  // Marks without a claim may fill whole pages. Anyone who can start a VM with a turn of their own choice can make them.
  while (page.next !== undefined && !page.objects.some(isClaim))
    page = await storage.list(work, folder, { limit: NEWEST_PAGE, from: page.next });
  const claim = page.objects.find(isClaim);
  const turn = claim === undefined ? undefined : turnOf(claim.name)?.turn;
  if (claim === undefined || turn === undefined) return undefined;
  const closing = turnClosedObject(wallet, turn);
  const closed =
    page.objects.some(({ name }) => name === closing) ||
    (page.next !== undefined && claim === page.objects.at(-1) && (await storage.stat(work, closing)) !== undefined);
  const stored = await readFact(storage, { kind: 'turn', bucket: work, name: claim.name }, claim);
  if (stored === undefined) return undefined;
  const { zone, name } = stored.fact;
  const machine = closed ? 'stopped' : await machineState(zone, name);
  return { turn, zone, closed, age: clock.now() - claim.timeCreated, machine };
};

/**
 * The turns of a wallet, newest first: all, or so many that more than `enough` of them had a machine. A turn whose marks do not end in what was
 * read is left out: cut off, it would look like one that died.
 */
export const listTurns = async (
  storage: Storage,
  work: string,
  wallet: string,
  enough: number,
): Promise<readonly TurnMarks[]> => {
  const objects: StoredObject[] = [];
  let from: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const next = from === undefined ? {} : { from };
    const page = await storage.list(work, turnFolder(wallet), { limit: MARKS_PAGE, ...next });
    objects.push(...page.objects);
    from = page.next;
    if (from === undefined) return turnsIn(objects);
    if (turnsSince(turnsIn(objects), 0).length > enough) break;
  }
  return turnsIn(objects).slice(0, -1);
};
