import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Passing } from '#local/cloud/runtime/faults.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { boot } from '../e2e/support/boot.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { entrySchema } from '../e2e/support/proof.ts';
import { payee } from '../e2e/support/requests.ts';
import { balanceOf, countOf } from '../e2e/support/rpc.ts';
import { killWorkloads } from '../faults/support/kill.ts';

let test: TestLab;
beforeAll(async () => {
  test = await startTestLab();
}, 90_000);
afterAll(() => test.close(), 30_000);

const SEALS = 'lab-register/seals/';

/** A machine's creation of an entry of the register. */
const createsEntry = ({ method, detail, by }: Passing): boolean =>
  method === 'storage.objects.insert' && detail.includes(SEALS) && by.startsWith('principal:');

/**
 * Holds the first entry back until two machines want to create it, and no longer. Each attempt before that is answered as an outage is.
 * Gives all attempts, as machine and entry.
 */
const contention = (): { readonly tried: { machine: string; entry: string }[]; end(): void } => {
  const tried: { machine: string; entry: string }[] = [];
  const end = test.lab.world.faults.watch((call) => {
    if (!createsEntry(call) || call.phase !== 'before') return;
    tried.push({ machine: call.by, entry: call.detail });
    if (new Set(tried.map(({ machine }) => machine)).size < 2) throw new CloudError('UNAVAILABLE', 'held back');
  });
  return { tried, end };
};

const itemsIn = () =>
  test
    .list('register', 'seals/')
    .map((name) => entrySchema.parse(test.json('register', name)))
    .flatMap((entry) => entry.items);

/** What stands of a request. */
const standing = (id: string) => ({
  sealed: itemsIn().filter((item) => item.id === id).length,
  signed: test.read('signed', signedObject(id)) !== undefined,
  submitted: test.json('results', submittedObject(id)) !== undefined,
});

describe('several machines at once for one wallet', () => {
  it('race for the same requests: each is sealed once, at one nonce, and paid once', async () => {
    const ids = await Promise.all([80, 81, 82, 83].map((n) => test.ask({ to: payee(n) })));
    await Promise.all(ids.map((id) => test.approve('alice', id)));
    const machines = [boot(test, 801n), boot(test, 802n)];
    await Promise.all(machines.map((source) => test.line('turn.start', { source })));
    const { tried, end } = contention();
    await Promise.all(ids.map((id) => test.approve('bob', id)));
    for (const id of ids) expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    await Promise.all(machines.map((source) => test.line('turn.end', { source })));
    end();

    // They did contend: two machines wanted to create one and the same entry.
    const first = tried.filter(({ entry }) => entry === tried[0]?.entry);
    expect(new Set(first.map(({ machine }) => machine)).size).toBeGreaterThan(1);
    const items = itemsIn();
    expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(items.map(({ nonce }) => nonce).sort()).toEqual(['0', '1', '2', '3']);
    expect(ids.map((id) => test.json('results', submittedObject(id))?.nonce).sort()).toEqual(['0', '1', '2', '3']);
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(4n);
    for (const n of [80, 81, 82, 83]) expect(await balanceOf(test.lab.chain.url, payee(n))).toBe(10n ** 15n);
    expect(test.logged('turn.tampered')).toEqual([]);
    await Promise.all(ids.map((id) => test.event('keyturn.receipt', { id })));
    expect(new Set(test.events('keyturn.receipt').map(({ eventId }) => eventId)).size).toBe(4);
  });

  it('a machine that dies right after its seal leaves nothing that the next one cannot finish', async () => {
    const id = await test.ask({ to: payee(84) });
    await test.approve('alice', id);
    const name = boot(test, 803n);
    await test.line('turn.start', { source: name });
    // Gone as a host that fails takes it, every machine that is there: the entry is created, and its creator never hears of it.
    const died = new Promise<{ stood: ReturnType<typeof standing>; killed: number }>((resolve) => {
      const end = test.lab.world.faults.watch((call) => {
        if (!createsEntry(call) || call.phase !== 'after') return;
        end();
        resolve({ stood: standing(id), killed: killWorkloads(test.lab) });
        throw new CloudError('UNAVAILABLE', 'the answer is lost');
      });
    });
    await test.approve('bob', id);
    const { stood, killed } = await died;
    expect(stood).toEqual({ sealed: 1, signed: false, submitted: false });
    expect(killed).toBeGreaterThan(0);
    // Launch may have begun one that died with it, whose claim keeps launch back until the boot limit. The next one is begun here.
    boot(test, 804n);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    // The next machine completed that very seal: there is no second one.
    await test.line('turn.complete', { id });
    expect(standing(id)).toEqual({ sealed: 1, signed: true, submitted: true });
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(5n);
    expect(await balanceOf(test.lab.chain.url, payee(84))).toBe(10n ** 15n);
  });
});
