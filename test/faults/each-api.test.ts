import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTION_NAMES } from '#local/lab/people.ts';
import { ended, expectOnce } from './support/ends.ts';
import { killFunctions } from './support/kill.ts';
import { type FaultLab, PATIENCE } from './support/lab.ts';
import { type Lanes, openLanes } from './support/lanes.ts';
import { type Asked, askAndApprove } from './support/people.ts';
import { APIS, type Api, dealt, startWiredLab, type WiredLab } from './support/wires.ts';

const SEED = 20_260_903;
const AT_ONCE = 3;
/** Some calls come once in the life of a machine, so that it may take several lives to meet both kinds. */
const ROUNDS = 6;

const noMachine = async (lab: FaultLab): Promise<void> =>
  lab.until('no machine', () => lab.servers.launcher.workloads.size === 0 || undefined).then(() => {});

/** New processes, which have no token yet. */
const newFunctions = async (lab: FaultLab): Promise<void> => killFunctions(lab, FUNCTION_NAMES);

interface Trial {
  /** Of so many calls one is refused, and another loses its answer. */
  readonly deck: number;
  readonly first?: (lab: FaultLab) => Promise<void>;
}

const TRIALS: Readonly<Record<Api, Trial>> = {
  storage: { deck: 20 },
  rpc: { deck: 10 },
  kms: { deck: 5 },
  pubsub: { deck: 6 },
  push: { deck: 6 },
  metadata: { deck: 4, first: newFunctions },
  compute: { deck: 4, first: noMachine },
  sts: { deck: 5, first: noMachine },
  teeserver: { deck: 5, first: noMachine },
  verifier: { deck: 6, first: noMachine },
};

let lanes: Lanes<WiredLab>;

beforeAll(async () => {
  lanes = await openLanes(2, startWiredLab);
}, PATIENCE);
afterAll(() => lanes?.close());

describe.concurrent(`one service that refuses calls and loses answers (seed ${SEED})`, () => {
  test.each(APIS.map((api, n) => ({ ...TRIALS[api], api, seed: SEED + n })))(
    '$api, one in $deck refused and as many lost: everything ends once',
    ({ api, deck, first, seed }) =>
      lanes.run(async ({ lab, wires }) => {
        const wire = wires[api];
        const asked: Asked[] = [];
        wire.deal = dealt(deck, seed);
        for (let round = 0; round < ROUNDS && Math.min(wire.refused, wire.lost) === 0; round++) {
          await first?.(lab);
          const few = Array.from({ length: AT_ONCE }, () => askAndApprove(lab));
          asked.push(...few);
          await ended(lab, few);
        }
        wire.deal = undefined;
        await expectOnce(lab, asked);
        expect(wire.refused, 'refused').toBeGreaterThan(0);
        expect(wire.lost, 'lost').toBeGreaterThan(0);
      }),
    PATIENCE,
  );
});
