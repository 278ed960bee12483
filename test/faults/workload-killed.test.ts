import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submittedObject } from '#schemas/names.ts';
import { startProxy } from './proxy.ts';
import { ended, expectOnce, standing } from './support/ends.ts';
import { afterThat, at, byMachine, killWorkloads, strikeAt, type When } from './support/kill.ts';
import { type FaultLab, PATIENCE, peek, startFaultLab } from './support/lab.ts';
import { type Lanes, openLanes } from './support/lanes.ts';
import { type Asked, askAndApprove } from './support/people.ts';

interface Lane {
  readonly lab: FaultLab;
  readonly asked: Asked[];
  /**
   * What the rpc proxy does when the bytes of this request are sent next. Reconcile sends others again, but none before they are submitted.
   */
  atSend: { readonly id: string; readonly phase: 'before' | 'after'; readonly strike: () => void } | undefined;
  close(): Promise<void>;
}

const openLane = async (): Promise<Lane> => {
  const proxies: { close(): Promise<void> }[] = [];
  let lane: Lane | undefined;
  const struck = (phase: 'before' | 'after', method: string): boolean => {
    if (method !== 'eth_sendRawTransaction' || lane?.atSend?.phase !== phase) return false;
    if (standing(lane.lab, lane.atSend.id) !== 'sealed, stored') return false;
    const { strike } = lane.atSend;
    lane.atSend = undefined;
    strike();
    return true;
  };
  const lab = await startFaultLab({
    reroute: async (service, target) => {
      if (service !== 'rpc') return target;
      const proxy = await startProxy({
        target,
        judge: ({ method }) => (struck('before', method) ? 'reset' : 'pass'),
        answered: ({ method }) => void struck('after', method),
      });
      proxies.push(proxy);
      return proxy.url;
    },
  });
  const close = async (): Promise<void> => {
    await lab.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  lane = { lab, asked: [], atSend: undefined, close };
  return lane;
};

let lanes: Lanes<Lane>;

beforeAll(async () => {
  lanes = await openLanes(2, openLane);
}, PATIENCE);
afterAll(() => lanes?.close());

type Striking = (lane: Lane, id: string, strike: () => void) => Promise<void> | void;

const calling =
  (when: (id: string) => When): Striking =>
  ({ lab }, id, strike) =>
    strikeAt(lab, when(id), strike);

const saying =
  (words: string): Striking =>
  ({ lab }, _, strike) => {
    const end = lab.onLine((line) => {
      if (!line.includes(words)) return;
      end();
      strike();
    });
  };

const sending =
  (phase: 'before' | 'after'): Striking =>
  (lane, id, strike) => {
    lane.atSend = { id, phase, strike };
  };

const machineAt = (...that: Parameters<typeof at>): When => byMachine(at(...that));
const SEALS = 'lab-register/seals/';
const seal = machineAt('after', 'storage.objects.insert', SEALS);

interface KillPoint {
  readonly stage: string;
  /** What stands of the request then. */
  readonly stands: string;
  readonly when: Striking;
  /** Only a machine that was not there before does this. */
  readonly fresh?: boolean;
}

/** In the order in which a turn comes by. */
const KILL_POINTS: readonly KillPoint[] = [
  { stage: 'at its first word', stands: '', when: saying('"turn.start"'), fresh: true },
  {
    stage: 'after it is attested',
    stands: '',
    // The first token is the launcher's own.
    when: calling(() => afterThat(at('after', 'attestation.token'), at('after', 'attestation.token'))),
    fresh: true,
  },
  { stage: 'before a pool takes its token', stands: '', when: calling(() => at('before', 'sts.token')), fresh: true },
  {
    stage: 'after the last pool gave its token',
    stands: '',
    when: calling(() => at('after', 'sts.token', 'keyturn-bob')),
    fresh: true,
  },
  {
    stage: 'after it read the lock of the register',
    stands: '',
    when: calling(() => machineAt('after', 'storage.buckets.get', 'register')),
    fresh: true,
  },
  {
    stage: 'after it read the facts',
    stands: '',
    when: calling((id) => machineAt('after', 'storage.objects.get', `${id}/request.json`)),
  },
  {
    stage: 'after it read the register',
    stands: '',
    when: calling(() => machineAt('after', 'storage.objects.list', SEALS)),
  },
  {
    stage: 'after it read the shares',
    stands: '',
    when: calling((id) => machineAt('after', 'storage.objects.get', `bob/shares/${id}`)),
  },
  {
    stage: 'after the shares are decrypted',
    stands: '',
    when: calling(() => machineAt('after', 'kms.decrypt', 'bob')),
  },
  {
    stage: 'after the evidence token',
    stands: '',
    when: calling(() => afterThat(at('after', 'kms.decrypt', 'bob'), at('after', 'attestation.token'))),
  },
  { stage: 'before the seal', stands: '', when: calling(() => machineAt('before', 'storage.objects.insert', SEALS)) },
  { stage: 'after the seal', stands: 'sealed', when: calling(() => seal) },
  {
    stage: 'before the second read',
    stands: 'sealed',
    when: calling(() => afterThat(seal, machineAt('before', 'storage.objects.list', SEALS))),
  },
  {
    stage: 'after the second read',
    stands: 'sealed',
    when: calling(() => afterThat(seal, machineAt('after', 'storage.objects.list', SEALS))),
  },
  {
    stage: 'before the bytes are stored',
    stands: 'sealed',
    when: calling((id) => machineAt('before', 'storage.objects.insert', `lab-signed/${id}`)),
  },
  {
    stage: 'after the bytes are stored',
    stands: 'sealed, stored',
    when: calling((id) => machineAt('after', 'storage.objects.insert', `lab-signed/${id}`)),
  },
  { stage: 'before the broadcast', stands: 'sealed, stored', when: sending('before') },
  { stage: 'after the broadcast', stands: 'sealed, stored', when: sending('after') },
  {
    stage: 'before submitted.json',
    stands: 'sealed, stored',
    when: calling((id) => machineAt('before', 'storage.objects.insert', `${id}/submitted.json`)),
  },
  {
    stage: 'after submitted.json',
    stands: 'sealed, stored, submitted',
    when: calling((id) => machineAt('after', 'storage.objects.insert', `${id}/submitted.json`)),
  },
  {
    stage: 'before it says that it is submitted',
    stands: 'sealed, stored, submitted',
    when: calling(() => machineAt('before', 'pubsub.publish', 'lab-submitted')),
  },
  {
    stage: 'after it said that it is submitted',
    stands: 'sealed, stored, submitted',
    when: calling(() => machineAt('after', 'pubsub.publish', 'lab-submitted')),
  },
  {
    stage: 'before the turn is closed',
    stands: 'sealed, stored, submitted',
    when: calling(() => machineAt('before', 'storage.objects.insert', '.closed')),
  },
  {
    stage: 'after the turn is closed',
    stands: 'sealed, stored, submitted',
    when: calling(() => machineAt('after', 'storage.objects.insert', '.closed')),
  },
];

describe.concurrent('a machine that is killed at any stage leaves one transaction and one receipt', () => {
  test.each(KILL_POINTS)(
    '$stage',
    ({ stands, when, fresh = false }) =>
      lanes.run(async (lane) => {
        const { lab } = lane;
        if (fresh) await lab.until('no machine', () => lab.servers.launcher.workloads.size === 0 || undefined);
        const asked = askAndApprove(lab);
        lane.asked.push(asked);
        const struck = new Promise<{ readonly stood: string; readonly killed: number }>((resolve) => {
          void when(lane, asked.id, () => resolve({ stood: standing(lab, asked.id), killed: killWorkloads(lab) }));
        });
        expect(await struck).toEqual({ stood: stands, killed: 1 });
        const { results } = lab.description.buckets;
        await lab.until(`submission of ${asked.id}`, () => peek(lab, results, submittedObject(asked.id)));
      }),
    PATIENCE,
  );
});

test(
  'and all of them ended once',
  async () => {
    const counts = await lanes.each(async ({ lab, asked }) => {
      await ended(lab, asked);
      await expectOnce(lab, asked);
      return asked.length;
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(KILL_POINTS.length);
  },
  PATIENCE,
);
