import { describe, expect, test } from 'vitest';
import { run } from '#cli/commands/status.ts';
import { newestTurnOf } from '#cli/operate/turns.ts';
import type { MachineState } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { turnClosedObject, turnObject, turnTriedObject, vmName } from '#schemas/names.ts';
import { stageOf } from '#test/support/cli/people.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const ID = 'a'.repeat(64);
const MINUTE = 60_000;
/** ms; `stage` takes the defaults of operations.json. */
const BOOT_LIMIT = 10 * MINUTE;

interface Claim {
  readonly turn: bigint;
  /** ms before now */
  readonly age: number;
  readonly closed?: true;
  /** Marks of requests that it had in hand. */
  readonly tried?: number;
  readonly machine?: MachineState;
}

const put = (s: Pipeline, name: string, age: number, fact: object = {}): void => {
  s.storage.put(s.buckets.work, name, Buffer.from(JSON.stringify(fact)), { timeCreated: s.clock.now() - age });
};

const triedId = (n: number): string => n.toString(16).padStart(64, '0');

const claim = (s: Pipeline, { turn, age, closed, tried = 0, machine = 'absent' }: Claim): void => {
  const name = vmName('hot', turn);
  put(s, turnObject('hot', turn), age, { wallet: 'hot', turn: `${turn}`, zone: 'zone-a', name });
  for (let n = 0; n < tried; n++) put(s, turnTriedObject('hot', turn, triedId(n)), age);
  if (closed) put(s, turnClosedObject('hot', turn), age);
  if (machine !== 'absent') s.machines.machines.set(name, { zone: 'zone-a', name, state: machine, createdAt: 0 });
};

/** What status says of the deployment of `s`. */
const statusOf = (s: Pipeline, machines: Pick<Pipeline['machines'], 'state'> = s.machines) => {
  const people = stageOf();
  const deployment = { ...people.session.deployment, config: s.config, buckets: s.buckets };
  const ports = { ...people.session.ports, storage: async () => s.storage, machines: async () => machines };
  return newestTurnOf(deployment, ports, 'hot', s.clock.now());
};

/** What launch makes of the same. A turn that is open is waited for, or its very VM is asked for again. Else the next one begins. */
const launchOf = async (s: Pipeline, claims: readonly Claim[]) => {
  const id = await s.ask();
  await s.approve(id);
  await s.launch(id);
  const waits = s.log.lines.find(({ fields }) => fields.code === 'TURN_OPEN');
  if (waits !== undefined) return { open: true, newest: BigInt(/[0-9]+/.exec(`${waits.fields.reason}`)?.[0] ?? '0') };
  const [started = ''] = s.machines.started;
  const turn = BigInt(started.replace('turn-hot-', ''));
  return claims.some((one) => one.turn === turn) ? { open: true, newest: turn } : { open: false, newest: turn - 1n };
};

const CASES: readonly [string, readonly Claim[]][] = [
  ['no turn yet', []],
  ['a VM at work', [{ turn: 1n, age: MINUTE, machine: 'alive' }]],
  ['a VM at work for an hour', [{ turn: 1n, age: 60 * MINUTE, machine: 'alive', tried: 3 }]],
  ['a VM that may still come', [{ turn: 1n, age: BOOT_LIMIT - 1 }]],
  ['a VM that never came', [{ turn: 1n, age: BOOT_LIMIT }]],
  ['a VM that is gone for an hour', [{ turn: 1n, age: 60 * MINUTE }]],
  ['a VM that stopped without closing', [{ turn: 1n, age: MINUTE, machine: 'stopped', tried: 2 }]],
  ['a turn that closed', [{ turn: 1n, age: MINUTE, closed: true, machine: 'stopped' }]],
  ['a closed turn with many marks', [{ turn: 1n, age: MINUTE, closed: true, tried: 150 }]],
  [
    'a dead turn above closed ones',
    [
      { turn: 1n, age: 90 * MINUTE, closed: true },
      { turn: 2n, age: 60 * MINUTE, tried: 1 },
    ],
  ],
  [
    'a turn at work above dead ones',
    [
      { turn: 1n, age: 90 * MINUTE },
      { turn: 2n, age: 60 * MINUTE },
      { turn: 3n, age: MINUTE, machine: 'alive' },
    ],
  ],
];

describe('status and launch say the same of the newest turn', () => {
  const FORGED: readonly [string, (s: Pipeline) => void][] = [
    ['', () => {}],
    [', under a mark without a claim', (s) => put(s, turnTriedObject('hot', 9n, ID), MINUTE)],
    [', under a close without a claim', (s) => put(s, turnClosedObject('hot', 9n), MINUTE)],
    [
      ', under pages of marks without a claim',
      (s) => {
        for (let n = 0; n < 250; n++) put(s, turnTriedObject('hot', 9n, triedId(n)), MINUTE);
      },
    ],
  ];
  const rows = CASES.flatMap(([name, claims]) => FORGED.map(([more, forge]) => [name + more, claims, forge] as const));
  test.each(rows)('%s', async (_, claims, forge) => {
    const s = stage();
    for (const each of claims) claim(s, each);
    forge(s);
    const status = await statusOf(s);
    const launch = await launchOf(s, claims);
    expect({ open: status?.state === 'open', newest: status?.turn ?? 0n }).toEqual(launch);
  });
});

describe('status tells how a turn ended', () => {
  test('open, closed, dead, and how many died in a row', async () => {
    const s = stage();
    claim(s, { turn: 1n, age: 200 * MINUTE, closed: true });
    expect(await statusOf(s)).toMatchObject({ turn: 1n, state: 'closed', deaths: 0 });
    claim(s, { turn: 2n, age: 150 * MINUTE, machine: 'stopped' });
    claim(s, { turn: 3n, age: 100 * MINUTE });
    expect(await statusOf(s)).toMatchObject({ turn: 3n, state: 'died', deaths: 2 });
    claim(s, { turn: 4n, age: MINUTE, machine: 'alive' });
    expect(await statusOf(s)).toMatchObject({ turn: 4n, state: 'open', deaths: 2, claimedAt: s.clock.now() - MINUTE });
  });

  test('who may not see machines is told so, until no machine can live any more', async () => {
    const denied = new KeyturnError('PERMISSION_DENIED', 'compute: get: HTTP 403');
    const blind = { state: () => Promise.reject(denied) };
    const s = stage();
    claim(s, { turn: 1n, age: 60 * MINUTE });
    expect(await statusOf(s, blind)).toMatchObject({ turn: 1n, state: 'unknown' });
    s.clock.advance(10 * MINUTE);
    expect(await statusOf(s, blind)).toMatchObject({ turn: 1n, state: 'died' });
    const closed = stage();
    claim(closed, { turn: 1n, age: MINUTE, closed: true });
    expect(await statusOf(closed, blind)).toMatchObject({ state: 'closed' });
  });

  test('a bug in asking for the machine is not hidden', async () => {
    const s = stage();
    claim(s, { turn: 1n, age: MINUTE });
    await expect(statusOf(s, { state: () => Promise.reject(new TypeError('x')) })).rejects.toThrow(TypeError);
  });

  test.each([
    ['absent', '3 died, started 2026-03-01T11:00:00Z'],
    ['alive', '3 open since 2026-03-01T11:00:00Z'],
    ['unseen', '3 not closed, started 2026-03-01T11:00:00Z. Its machine cannot be seen from here'],
  ] as const)('in words and as JSON: %s', async (machine, words) => {
    const state = async (): Promise<MachineState> => {
      if (machine === 'unseen') throw new KeyturnError('PERMISSION_DENIED', 'compute: get');
      return machine;
    };
    for (const json of [false, true]) {
      const people = stageOf({ me: 'operator', json, ports: { machines: async () => ({ state }) } });
      people.storage.now = () => Date.UTC(2026, 2, 1, 11);
      const fact = { wallet: 'treasury', turn: '3', zone: 'zone-a', name: 'turn-treasury-3' };
      people.storage.put('lab-work', turnObject('treasury', 3n), fact);
      await run(people.session, undefined);
      if (!json) expect(people.stdout.text).toContain(words);
      else
        expect(people.json()).toMatchObject({
          wallets: [{ turn: { turn: '3', open: machine === 'alive', claimedAt: '2026-03-01T11:00:00Z' } }],
        });
    }
  });
});
