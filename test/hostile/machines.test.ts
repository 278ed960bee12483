import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceResource } from '#adapters/compute/instance-resource.ts';
import { account } from '#local/lab/people.ts';
import { submittedObject } from '#schemas/names.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { entrySchema } from '../e2e/support/proof.ts';
import { payee } from '../e2e/support/requests.ts';
import { balanceOf, countOf } from '../e2e/support/rpc.ts';

let test: TestLab;
beforeAll(async () => {
  test = await startTestLab();
}, 90_000);
afterAll(() => test.close(), 30_000);

const ZONE = 'us-central1-a';

/** A turn that nobody claimed, as whoever may start machines can start one. */
const boot = (turn: bigint): string => {
  const { law, operations } = test.lab.config;
  const body = instanceResource(
    { zone: ZONE, name: `turn-treasury-${turn}`, wallet: 'treasury', turn },
    law,
    operations,
  );
  const text = JSON.stringify(body, (key, value) =>
    key === 'seconds' || key === 'diskSizeGb' ? String(value) : value,
  );
  test.lab.servers.instances.insert(account(test.lab.world, 'launch'), ZONE, JSON.parse(text));
  return body.name;
};

describe('several machines at once for one wallet', () => {
  it('race for the same requests: each is sealed once, at one nonce, and paid once', async () => {
    const ids = await Promise.all([80, 81, 82, 83].map((n) => test.ask({ to: payee(n) })));
    await Promise.all(ids.map((id) => test.approve('alice', id)));
    const machines = [boot(801n), boot(802n)];
    await Promise.all(machines.map((source) => test.line('turn.start', { source })));
    await Promise.all(ids.map((id) => test.approve('bob', id)));
    for (const id of ids) expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    await Promise.all(machines.map((source) => test.line('turn.end', { source })));

    const items = test
      .list('register', 'seals/')
      .map((name) => entrySchema.parse(test.json('register', name)))
      .flatMap((entry) => entry.items);
    expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(items.map(({ nonce }) => nonce).sort()).toEqual(['0', '1', '2', '3']);
    expect(ids.map((id) => test.json('results', submittedObject(id))?.nonce).sort()).toEqual(['0', '1', '2', '3']);
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(4n);
    for (const n of [80, 81, 82, 83]) expect(await balanceOf(test.lab.chain.url, payee(n))).toBe(10n ** 15n);
    expect(test.logged('turn.tampered')).toEqual([]);
    await Promise.all(ids.map((id) => test.event('keyturn.receipt', { id })));
    expect(new Set(test.events('keyturn.receipt').map(({ eventId }) => eventId)).size).toBe(4);
  });

  it('a machine that is killed in the middle leaves nothing that the next one cannot finish', async () => {
    const id = await test.ask({ to: payee(84) });
    await test.approve('alice', id);
    const name = boot(803n);
    await test.line('turn.start', { source: name });
    await test.approve('bob', id);
    // Gone as a host that fails takes it: somewhere between its boot and its end.
    test.lab.servers.instances.delete(account(test.lab.world, 'reconcile'), ZONE, name);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(5n);
    expect(await balanceOf(test.lab.chain.url, payee(84))).toBe(10n ** 15n);
  });
});
