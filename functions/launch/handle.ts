import { z } from 'zod';
import { decideLaunch, type Launching, type NewestTurn, zoneOf } from '#core/decide/launch.ts';
import { commitFact, loadFacts, readFact } from '#core/facts-store.ts';
import { stateOf } from '#core/lifecycle.ts';
import { patchMark } from '#core/marks.ts';
import { walletNamed } from '#schemas/config.ts';
import { PAUSED_OBJECT, turnClosedObject, turnFolder, turnObject, turnOf, vmName } from '#schemas/names.ts';
import type { LaunchContext } from '../shell/context.ts';
import { eventBody } from '../shell/push.ts';
import { nothing, type Step } from '../shell/run-step.ts';

const due = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/), wallet: z.string() });
type Input = z.infer<typeof due>;

interface State {
  readonly newest: NewestTurn | undefined;
  readonly paused: boolean;
  readonly decided: boolean;
}

/** The newest turn of a wallet: names list newest first, and a turn's own marks share its digits. */
export const newestTurn = async (context: LaunchContext, wallet: string): Promise<NewestTurn | undefined> => {
  const { objects } = await context.storage.list(context.buckets.work, turnFolder(wallet), { limit: 100 });
  const claim = objects.find(({ name }) => turnOf(name)?.kind === 'claim');
  const turn = claim === undefined ? undefined : turnOf(claim.name);
  if (claim === undefined || turn === undefined) return undefined;
  const closed = objects.some(({ name }) => name === turnClosedObject(wallet, turn.turn));
  const stored = await readFact(context.storage, 'turn', context.buckets.work, claim.name);
  if (stored === undefined) return undefined;
  const { zone, name } = stored.fact;
  const machine = closed ? 'stopped' : await context.machines.state(zone, name);
  return { turn: turn.turn, zone, closed, age: context.clock.now() - claim.timeCreated, machine };
};

const load = async (context: LaunchContext, { id, wallet }: Input): Promise<State> => {
  const facts = await loadFacts(context.storage, context.buckets, id);
  const stage = stateOf(facts).stage;
  const paused = (await context.storage.stat(context.buckets.work, PAUSED_OBJECT)) !== undefined;
  // The turn is looked at after approved.json is known to exist: a turn that closes now looks at open work once more after that.
  return { decided: stage === 'decided' || stage === 'submitted', paused, newest: await newestTurn(context, wallet) };
};

/** Claims, then inserts exactly what it claimed. A zone without room closes its turn and the next zone gets the next one. */
const start = async (context: LaunchContext, wallet: string, first: Launching): Promise<void> => {
  let next = first;
  for (let tries = 0; tries <= context.operations.zones.length; tries++) {
    const { turn, zone, name } = next;
    if (next.claim) {
      const claim = await commitFact(context.storage, 'turn', context.buckets.work, turnObject(wallet, turn), {
        wallet,
        turn: turn.toString(),
        zone,
        name,
      });
      if (!claim.created) {
        context.log.info('launch.claimed', { wallet, turn: Number(turn) });
        return;
      }
    }
    const started = await context.machines.start({ zone, name, wallet, turn });
    context.log.info('launch.machine', { wallet, turn: Number(turn), zone, result: started });
    if (started !== 'exhausted') return;
    await context.storage.createOnce(context.buckets.work, turnClosedObject(wallet, turn), new Uint8Array());
    const following = turn + 1n;
    next = {
      turn: following,
      zone: zoneOf(following, context.operations.zones),
      name: vmName(wallet, following),
      claim: true,
    };
  }
  context.log.alarm('launch.no-capacity', { code: 'NO_CAPACITY', wallet });
};

export const launchStep = (context: LaunchContext): Step<Input, State, Launching, never> => ({
  name: 'launch',
  parse: (message) => {
    const input = eventBody(message, due);
    return walletNamed(context.law, input.wallet) === undefined ? undefined : input;
  },
  about: ({ id, wallet }) => ({ id, wallet }),
  load: (input) => load(context, input),
  decide: ({ wallet }, { newest, paused, decided }) =>
    decideLaunch(wallet, newest, paused, decided, context.operations),
  commit: async ({ id, wallet }, _, launching, now) => {
    await patchMark(
      context.storage,
      context.buckets.work,
      wallet,
      id,
      'approved',
      now + context.operations.bootLimitSeconds * 1000,
    );
    await start(context, wallet, launching);
  },
  refuse: nothing,
  wait: ({ id, wallet }, _, now) =>
    patchMark(
      context.storage,
      context.buckets.work,
      wallet,
      id,
      'approved',
      now + context.operations.pollSeconds * 1000,
    ),
});
