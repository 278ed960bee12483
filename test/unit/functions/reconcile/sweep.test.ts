import { expect, test } from 'vitest';
import { sweep } from '#functions/reconcile/sweep.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { turnObject, vmName } from '#schemas/names.ts';
import { stage } from '#test/support/stage.ts';

const machineIn = (s: ReturnType<typeof stage>, name: string, zone = 'zone-a') =>
  s.machines.start({ zone, name, wallet: 'hot', turn: 1n });

test('a VM that has powered off is deleted, in every zone, and nobody is told', async () => {
  const s = stage();
  await machineIn(s, vmName('hot', 1n));
  await machineIn(s, vmName('hot', 2n), 'zone-b');
  s.machines.become(vmName('hot', 1n), 'stopped');
  s.machines.become(vmName('hot', 2n), 'stopped');
  await sweep(s.context);
  expect([...s.machines.machines.keys()]).toEqual([]);
  expect(s.log.lines.filter(({ level }) => level === 'alarm')).toEqual([]);
});

test('one that outlived its limit by five minutes is deleted and alarmed; a second before, it works on', async () => {
  const s = stage();
  const limit = (s.context.operations.turnLimitSeconds + 300) * 1000;
  await machineIn(s, vmName('hot', 1n));
  s.clock.advance(limit);
  await sweep(s.context);
  expect([...s.machines.machines.keys()]).toEqual([vmName('hot', 1n)]);
  s.clock.advance(1);
  await sweep(s.context);
  expect([...s.machines.machines.keys()]).toEqual([]);
  expect(s.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'alarm',
      event: 'reconcile.outlived',
      fields: { machine: 'turn-hot-1', zone: 'zone-a' },
    }),
  );
});

test('machines that are no turn of ours are never touched', async () => {
  const s = stage();
  for (const name of ['lab-chain', 'turn-hot', 'turn-hot-x', 'my-turn-hot-1']) await machineIn(s, name);
  s.clock.advance(365 * 86_400_000);
  await sweep(s.context);
  expect(s.machines.machines.size).toBe(4);
});

test('a zone that does not answer keeps the others from nothing', async () => {
  const s = stage();
  await machineIn(s, vmName('hot', 2n), 'zone-b');
  s.machines.become(vmName('hot', 2n), 'stopped');
  const list = s.machines.list.bind(s.machines);
  s.machines.list = async (zone) => {
    if (zone === 'zone-a') throw new KeyturnError('DEADLINE', 'no answer');
    return list(zone);
  };
  await sweep(s.context);
  expect(s.machines.machines.size).toBe(0);
  expect(s.log.codes('warn')).toEqual(['DEADLINE']);
});

test('an approved request ends in time also while nobody can say what machines there are', async () => {
  const s = stage();
  const id = await s.ask();
  await s.approve(id);
  const claim = { wallet: 'hot', turn: '1', zone: 'zone-a', name: vmName('hot', 1n) };
  s.storage.put(s.buckets.work, turnObject('hot', 1n), Buffer.from(JSON.stringify(claim)));
  s.machines.state = async () => {
    throw new KeyturnError('PERMISSION_DENIED', 'compute: get');
  };
  for (let minutes = 0; minutes < 70; minutes++) await s.tick();
  expect(s.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_SEALED_IN_TIME' });
});
