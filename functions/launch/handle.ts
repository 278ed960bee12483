import { z } from 'zod';
import { decideLaunch, type Launching, zoneOf } from '#core/decide/launch.ts';
import { errorFields } from '#core/error-fields.ts';
import { stateOf } from '#core/facts/lifecycle.ts';
import { patchMark } from '#core/facts/marks.ts';
import { readNewestTurn } from '#core/facts/read-turns.ts';
import { standingStops } from '#core/facts/stops.ts';
import { commitFact, loadFacts } from '#core/facts/store.ts';
import { EXHAUSTED, type NewestTurn } from '#core/facts/turns.ts';
import { type FoundWait, waitAt } from '#core/facts/wait.ts';
import type { MachineSpec } from '#core/ports.ts';
import { type LaunchContext, turnSource } from '#functions/runtime/context.ts';
import { eventBody } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { walletNamed } from '#schemas/config.ts';
import { PAUSED_OBJECT, turnClosedObject, turnObject, vmName } from '#schemas/names.ts';
import { hex64, spelled, timeMs } from '#schemas/spellings.ts';
import { isWaitCode } from '#schemas/waits.ts';

const due = z.object({ id: spelled(hex64), wallet: z.string() });
type Input = z.infer<typeof due>;

interface State {
  readonly newest: NewestTurn | undefined;
  readonly paused: boolean;
  readonly decided: boolean;
  readonly stopped: boolean;
  /** The requester, for the mark. */
  readonly requester: string;
  /** ms: when its close is owed, if nothing seals it. */
  readonly validUntil: number;
}

const load = async (context: LaunchContext, { id, wallet }: Input): Promise<State> => {
  const { storage, buckets } = context;
  const facts = await loadFacts(storage, buckets, id);
  const { stage } = stateOf(facts);
  const request = facts.request?.fact.request;
  const [paused, stops] = await Promise.all([
    storage.stat(buckets.work, PAUSED_OBJECT),
    request === undefined ? [] : standingStops(storage, buckets.work, wallet, request.chainId),
  ]);
  return {
    decided: stage === 'decided' || stage === 'submitted',
    paused: paused !== undefined,
    stopped: stops.length > 0 && request?.replaces !== 'foreign',
    requester: request?.requester ?? '',
    validUntil: timeMs(request?.validUntil ?? '') ?? Number.POSITIVE_INFINITY,
    // The turn is read after approved.json is known to exist: a turn that closes now makes one more pass over open work after that.
    newest: await readNewestTurn(turnSource(context), wallet),
  };
};

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
  decide: ({ wallet }, { newest, ...state }) => decideLaunch(wallet, newest, state, context.operations),
  commit: async ({ id, wallet }, { requester, validUntil }, launching, now) => {
    const { bootLimitSeconds, pollSeconds, zones } = context.operations;
    const setDue = (seconds: number, held: FoundWait) => {
      const due = Math.min(now + seconds * 1000, Math.max(validUntil, now + 1000));
      return patchMark(
        context.storage,
        context.buckets.work,
        { whose: { wallet, requester }, id },
        { stage: 'approved', due, held: waitAt(held, now) },
      );
    };
    await setDue(bootLimitSeconds, { code: 'TURN_OPEN', numbers: { turn: launching.turn } });
    if ((await start(context, wallet, launching)) === 'no-capacity')
      await setDue(4 * pollSeconds, { code: 'NO_CAPACITY', numbers: { zones: BigInt(zones.length) } });
  },
  refuse: nothing,
  wait: async ({ id, wallet }, { requester, newest }, now, { code }) => {
    const due = now + context.operations.pollSeconds * 1000;
    const turn = code === 'TURN_OPEN' && newest !== undefined ? { numbers: { turn: newest.turn } } : {};
    await patchMark(
      context.storage,
      context.buckets.work,
      { whose: { wallet, requester }, id },
      { stage: 'approved', due, held: isWaitCode(code) ? waitAt({ code, ...turn }, now) : undefined },
    );
  },
});
