import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { boot } from '../e2e/support/boot.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { entrySchema } from '../e2e/support/proof.ts';
import { payee } from '../e2e/support/requests.ts';
import { balanceOf, countOf } from '../e2e/support/rpc.ts';

const MACHINES = 20;
const WAVES = 3;
const IN_A_WAVE = 8;
const COUNT = WAVES * IN_A_WAVE;

/** One try of a machine to create an entry of the register. */
interface Tried {
  readonly machine: string;
  readonly entry: string;
  /** 412: another one was faster. Undefined: it won. */
  readonly refused: number | undefined;
}

let test: TestLab;
const tried: Tried[] = [];
const names: string[] = [];

beforeAll(async () => {
  // They wait long enough for the last one to come up.
  test = await startTestLab({ operations: { idleSeconds: 120 } });
  const { store } = test.lab.servers;
  const insert = store.insert.bind(store);
  vi.spyOn(store, 'insert').mockImplementation((caller, bucket, name, bytes, options) => {
    if (bucket !== 'lab-register' || !caller.name.startsWith('principal:'))
      return insert(caller, bucket, name, bytes, options);
    const note = (refused: number | undefined) => tried.push({ machine: caller.name, entry: name, refused });
    try {
      const object = insert(caller, bucket, name, bytes, options);
      note(undefined);
      return object;
    } catch (error) {
      note(error instanceof CloudError ? error.http : 0);
      throw error;
    }
  });
}, 90_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await test.close();
}, 60_000);

const entries = () => test.list('register', 'seals/').map((name) => entrySchema.parse(test.json('register', name)));

describe('threats 1 and 2: twenty machines of one wallet, as processes, at the same requests', () => {
  const ids: string[] = [];

  it('are all at work', async () => {
    for (let n = 0; n < MACHINES; n++) names.push(boot(test, BigInt(1000 + n)));
    await Promise.all(
      names.map((source) => test.until(`${source} is up`, () => test.logged('turn.time', { source })[0])),
    );
    expect(test.lab.servers.launcher.workloads.size).toBe(MACHINES);
  }, 240_000);

  it('pay each request once, wave by wave', async () => {
    for (let wave = 0; wave < WAVES; wave++) {
      const some = await Promise.all(
        Array.from({ length: IN_A_WAVE }, (_, n) => test.ask({ to: payee(1000 + wave * IN_A_WAVE + n) })),
      );
      ids.push(...some);
      await Promise.all(some.map((id) => test.approve('alice', id)));
      await Promise.all(some.map((id) => test.approve('bob', id)));
      for (const id of some) expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    }
  }, 240_000);

  it('did contend: many of them tried, and tries were lost to a faster one', () => {
    const lost = tried.filter(({ refused }) => refused === 412);
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ machine }) => machine)).size).toBeGreaterThan(1);
    // Whoever lost wanted the very entry that another one has.
    const won = tried.filter(({ refused }) => refused === undefined);
    for (const { entry, machine } of lost)
      expect(won.some((one) => one.entry === entry && one.machine !== machine)).toBe(true);
    expect(tried.filter(({ refused }) => refused !== undefined && refused !== 412)).toEqual([]);
  });

  it('left one entry for each place, one seal for each request and nonce, and no hole', () => {
    const all = entries();
    const won = tried.filter(({ refused }) => refused === undefined).map(({ entry }) => entry);
    expect(new Set(won).size).toBe(won.length);
    expect(won.length).toBe(all.length);
    const items = all.flatMap((entry) => entry.items);
    expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(items.map(({ nonce }) => Number(nonce)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: COUNT }, (_, n) => n),
    );
    expect(all.map(({ seq }) => Number(seq)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: all.length }, (_, n) => n),
    );
    expect(test.logged('turn.tampered')).toEqual([]);
  });

  it('and one transaction for each request', async () => {
    const { chain, wallet } = test.lab;
    expect(await countOf(chain.url, wallet.address)).toBe(BigInt(COUNT));
    for (let n = 0; n < COUNT; n++) expect(await balanceOf(chain.url, payee(1000 + n))).toBe(10n ** 15n);
    const nonces = ids.map((id) => Number(test.json('results', submittedObject(id))?.nonce));
    expect(new Set(nonces).size).toBe(COUNT);
    for (const id of ids) expect(test.read('signed', signedObject(id))).toBeDefined();
    await Promise.all(ids.map((id) => test.event('keyturn.receipt', { id })));
    expect(new Set(test.events('keyturn.receipt').map(({ eventId }) => eventId)).size).toBe(COUNT);
  });
});
