import { z } from 'zod';
import { type Against, decideLaunch, isAtWork, type Launching, zoneOf } from '#core/decide/launch.ts';
import { errorFields } from '#core/error-fields.ts';
import { dueWithin, type Mark, markOf, patchMark } from '#core/facts/marks.ts';
import { readNewestTurn } from '#core/facts/read-turns.ts';
import { standingStops } from '#core/facts/stops.ts';
import { commitFact, listAll, readFact } from '#core/facts/store.ts';
import { EXHAUSTED, type NewestTurn } from '#core/facts/turns.ts';
import { type FoundWait, waitAt } from '#core/facts/wait.ts';
import type { MachineSpec } from '#core/ports.ts';
import { type LaunchContext, turnSource } from '#functions/runtime/context.ts';
import { eventBody } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import { SharedReads } from '#functions/runtime/shared-reads.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Operations, walletNamed } from '#schemas/config.ts';
import {
  openObject,
  outcomeObject,
  PAUSED_OBJECT,
  requestObject,
  stopFolder,
  turnClosedObject,
  turnObject,
  vmName,
} from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { hex64, spelled } from '#schemas/spellings.ts';
import { isWaitCode } from '#schemas/waits.ts';

/** Polls: less than whoever approved left until the next look, more than whoever asks for another turn leaves. */
const SOON = 2;

const due = z.object({ id: spelled(hex64), wallet: z.string() });
type Input = z.infer<typeof due>;

interface State {
  readonly newest: NewestTurn | undefined;
  readonly against: Against;
  /** Undefined where it was not read, or is not there. */
  readonly mark: Mark | undefined;
}

const NOTHING_AGAINST: Against = { paused: false, decided: false, stopped: false };

/** One LIST where nothing ever stopped this wallet. Only else it matters on which chain, and what the request replaces. */
const isStopped = async ({ storage, buckets }: LaunchContext, { id, wallet }: Input): Promise<boolean> => {
  if ((await listAll(storage, buckets.work, stopFolder(wallet))).length === 0) return false;
  const stored = await readFact(storage, { kind: 'request', bucket: buckets.results, name: requestObject(id) });
  if (stored === undefined || stored.fact.request.replaces === 'foreign') return false;
  return (await standingStops(storage, buckets.work, wallet, stored.fact.request.chainId)).length > 0;
};

/** The mark goes when a request is decided. One that somebody took away says nothing: then the outcome does. */
const isDecided = async ({ storage, buckets }: LaunchContext, id: string, mark: Mark | undefined): Promise<boolean> =>
  mark === undefined
    ? (await storage.stat(buckets.results, outcomeObject(id))) !== undefined
    : mark.stage === 'submitted' || mark.stage === 'decided';

/** Of a wallet: each of its requests that is approved at once asks the same. */
interface WalletState {
  readonly newest: NewestTurn | undefined;
  readonly paused: boolean;
}

const reads = new SharedReads<WalletState>();

const walletState = async (context: LaunchContext, wallet: string): Promise<WalletState> => {
  const [newest, pause] = await Promise.all([
    readNewestTurn(turnSource(context), wallet),
    context.storage.stat(context.buckets.work, PAUSED_OBJECT),
  ]);
  return { newest, paused: pause !== undefined };
};

/**
 * Only what a launch hangs on: it signs nothing, and its machine reads the facts itself. The message came after approved.json, so the turn is
 * read after it, and a read that is shared began after it too. A turn that closes now makes one more pass over open work after that.
 */
const load = async (context: LaunchContext, input: Input): Promise<State> => {
  const { storage, buckets, operations } = context;
  const { newest, paused } = await reads.read(storage, input.wallet, () => walletState(context, input.wallet));
  if (!paused && isAtWork(newest, operations)) return { newest, against: NOTHING_AGAINST, mark: undefined };
  const [object, stopped] = await Promise.all([
    storage.stat(buckets.work, openObject(input.wallet, input.id)),
    isStopped(context, input),
  ]);
  const mark = object && markOf(object);
  return { newest, against: { paused, decided: await isDecided(context, input.id, mark), stopped }, mark };
};

/** Says in the mark what the request waits for, and when to look again. A mark that was not read has nothing to correct. */
const note = async (
  { storage, buckets }: LaunchContext,
  mark: Mark | undefined,
  found: FoundWait,
  { now, seconds }: { readonly now: number; readonly seconds: number },
): Promise<void> => {
  if (mark === undefined) return;
  const name = requestObject(mark.id);
  const stored = await readFact(storage, { kind: 'request', bucket: buckets.results, name });
  const validUntil = stored === undefined ? Number.POSITIVE_INFINITY : validUntilMs(stored.fact.request);
  const due = dueWithin(seconds, now, validUntil);
  const patch = { stage: 'approved', due, held: waitAt(found, now) } as const;
  await patchMark(storage, buckets.work, { whose: mark, id: mark.id }, patch);
};

/** Whether the mark leaves a new machine no time to boot, or tells of a wait that is over. One that was just approved does neither. */
const isBehind = ({ due, held }: Mark, now: number, { pollSeconds }: Operations): boolean =>
  held !== undefined || due < now + SOON * pollSeconds * 1000;

/** A machine that this zone can never give counts as one that it has not now. Every zone but this one may still have it. */
const startIn = async (context: LaunchContext, spec: MachineSpec): ReturnType<LaunchContext['machines']['start']> => {
  try {
    return await context.machines.start(spec);
  } catch (error) {
    if (!isKeyturnError(error, 'INVALID_ARGUMENT') && !isKeyturnError(error, 'NOT_FOUND')) throw error;
    const { wallet, zone } = spec;
    context.log.alarm('launch.zone', { wallet, zone, ...errorFields(error) });
    return 'exhausted';
  }
};

/** Claims, then inserts exactly what it claimed. A zone without room closes its turn and the next zone gets the next one. */
const start = async (context: LaunchContext, wallet: string, first: Launching): Promise<'begun' | 'no-capacity'> => {
  let next = first;
  for (let tries = 0; tries <= context.operations.zones.length; tries++) {
    const { turn, zone, name } = next;
    if (next.claim) {
      const claim = await commitFact(
        context.storage,
        { kind: 'turn', bucket: context.buckets.work, name: turnObject(wallet, turn) },
        {
          wallet,
          turn: turn.toString(),
          zone,
          name,
        },
      );
      if (!claim.created) {
        context.log.info('launch.claimed', { wallet, turn: Number(turn) });
        return 'begun';
      }
    }
    const started = await startIn(context, { zone, name, wallet, turn });
    context.log.info('launch.machine', { wallet, turn: Number(turn), zone, result: started });
    if (started !== 'exhausted') return 'begun';
    const closed = turnClosedObject(wallet, turn);
    await context.storage.createOnce(context.buckets.work, closed, new Uint8Array(), EXHAUSTED);
    const following = turn + 1n;
    next = {
      turn: following,
      zone: zoneOf(following, context.operations.zones),
      name: vmName(wallet, following),
      claim: true,
    };
  }
  context.log.alarm('launch.no-capacity', { code: 'NO_CAPACITY', wallet });
  return 'no-capacity';
};

export const launchStep = (context: LaunchContext): Step<Input, State, Launching, never> => ({
  name: 'launch',
  parse: (message) => {
    const input = eventBody(message, due);
    return walletNamed(context.law, input.wallet) === undefined ? undefined : input;
  },
  about: ({ id, wallet }) => ({ id, wallet }),
  load: (input) => load(context, input),
  decide: ({ wallet }, { newest, against }) => decideLaunch(wallet, newest, against, context.operations),
  commit: async ({ wallet }, { mark }, launching, now) => {
    const { bootLimitSeconds, pollSeconds, zones } = context.operations;
    if (mark !== undefined && isBehind(mark, now, context.operations))
      await note(
        context,
        mark,
        { code: 'TURN_OPEN', numbers: { turn: launching.turn } },
        { now, seconds: bootLimitSeconds },
      );
    if ((await start(context, wallet, launching)) === 'no-capacity')
      await note(
        context,
        mark,
        { code: 'NO_CAPACITY', numbers: { zones: BigInt(zones.length) } },
        { now, seconds: 4 * pollSeconds },
      );
  },
  refuse: nothing,
  wait: async (_, { mark }, now, { code }) => {
    if (isWaitCode(code)) await note(context, mark, { code }, { now, seconds: context.operations.pollSeconds });
  },
});
