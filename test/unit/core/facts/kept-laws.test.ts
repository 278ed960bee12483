import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keepLaw, readKeptLaw } from '#core/facts/kept-laws.ts';
import type { Storage } from '#core/ports.ts';
import { type Caller, callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { bindLab, bindOwner } from '#local/lab/bindings.ts';
import { account, attested, FUNCTION_NAMES, OWNER, user } from '#local/lab/people.ts';
import { parseLaw } from '#schemas/config.ts';
import { bucketsOf } from '#schemas/names.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';
import { storageOver } from '#test/support/storage-port.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';
import { lawFor } from '#test/terraform/lab-law.ts';

const RESULTS = 'lab-results';
/** Keys in an order of somebody's own, and defaults left out: the hash is over the law as it was given. */
const GIVEN = Object.fromEntries(Object.entries(plainLaw([plainWallet(splitOf(2, 3))])).reverse());
const LAW = parseLaw(GIVEN);
const NAME = `laws/${LAW.lawHash}.json`;
const sha256 = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? 'nothing' : createHash('sha256').update(bytes).digest('hex');

describe('a law is kept by its hash', () => {
  const storage = () => new MemoryStorage(() => 0, [RESULTS]);

  test('as the bytes that were hashed, so that sha256 alone checks it, and it can be parsed again', async () => {
    const kept = storage();
    expect(await keepLaw(kept, RESULTS, LAW)).toBe('created');
    const bytes = (await kept.read(RESULTS, NAME))?.bytes;
    expect(sha256(bytes)).toBe(LAW.lawHash);
    expect(parseLaw(JSON.parse(new TextDecoder().decode(bytes)))).toEqual(LAW);
    expect(await readKeptLaw(kept, RESULTS, LAW.lawHash)).toEqual(bytes);
  });

  test('once: whoever keeps it again changes nothing', async () => {
    const kept = storage();
    await keepLaw(kept, RESULTS, LAW);
    const first = await kept.stat(RESULTS, NAME);
    expect(await keepLaw(kept, RESULTS, LAW)).toBe('kept');
    expect(await kept.stat(RESULTS, NAME)).toEqual(first);
  });

  test.each([
    ['another law', new TextEncoder().encode(LAW.lawText.replace('lab', 'bal'))],
    ['the same law, spaced otherwise', new TextEncoder().encode(JSON.stringify(GIVEN, null, 2))],
    ['nothing at all', new Uint8Array()],
    ['more than any law', new Uint8Array(1024 * 1024 + 1)],
  ])('%s under its name is no law to anybody', async (_, bytes) => {
    const kept = storage();
    kept.put(RESULTS, NAME, bytes);
    expect(await readKeptLaw(kept, RESULTS, LAW.lawHash)).toBeUndefined();
    expect(await keepLaw(kept, RESULTS, LAW)).toBe('taken');
  });

  test('a law that nobody kept is not there', async () => {
    expect(await readKeptLaw(storage(), RESULTS, LAW.lawHash)).toBeUndefined();
  });
});

describe('threat 70: whoever may create kept laws turns hostile', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;
  const world = createWorld({ clock: new VirtualClock(Date.UTC(2026, 0, 1)) });
  bindOwner(world);
  bindLab(world, lawFor(world), DIGEST);
  const store = new ObjectStore(world, () => {});
  for (const bucket of Object.values(bucketsOf('lab'))) store.createBucket(OWNER, bucket);
  const as = (caller: Caller): Storage => storageOver({ store, world }, caller);
  const other = new TextEncoder().encode('{}');
  const denied = { code: 'PERMISSION_DENIED' };

  test('it can add one, but never put another in its place, nor take it away', async () => {
    const reconcile = as(account(world, 'reconcile'));
    expect(await keepLaw(reconcile, RESULTS, LAW)).toBe('created');
    expect((await reconcile.createOnce(RESULTS, NAME, other)).created).toBe(false);
    // Without the precondition it would be a replacement, which needs the right to delete.
    const replace = () => store.insert(account(world, 'reconcile'), RESULTS, NAME, Buffer.from(other), {});
    expect(replace).toThrow(/storage\.objects\.delete/);
    await expect(reconcile.delete(RESULTS, NAME)).rejects.toMatchObject(denied);
    await expect(reconcile.setMetadata(RESULTS, NAME, { a: 'b' })).rejects.toMatchObject(denied);
    expect(sha256(await readKeptLaw(reconcile, RESULTS, LAW.lawHash))).toBe(LAW.lawHash);
  });

  test.each<readonly [string, Caller]>([
    ...FUNCTION_NAMES.filter((name) => name !== 'reconcile').map((name) => [name, account(world, name)] as const),
    ...['alice', 'dapp', 'finance', 'operator'].map((name) => [name, user(name)] as const),
    ['the image', callerNamed('image', attested(world, 'operator', DIGEST))],
  ])('%s may not even add one', async (_, caller) => {
    await expect(as(caller).createOnce(RESULTS, `laws/${'b'.repeat(64)}.json`, other)).rejects.toMatchObject(denied);
  });
});
