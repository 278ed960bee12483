import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { bindLab } from '#local/lab/bindings.ts';
import { IMAGE_REPOSITORY } from '#local/lab/config.ts';
import { OWNER } from '#local/lab/people.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { parseLaw } from '#schemas/config.ts';
import { approvedObject, badShareObject, openObject, sealObject } from '#schemas/names.ts';
import { boot } from '../e2e/support/boot.ts';
import { type Fields, startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { entrySchema } from '../e2e/support/proof.ts';
import { bytesOf, payee } from '../e2e/support/requests.ts';

/**
 * Two wallets of the same holders in one register, and images whose law says something else of a wallet. Each such image has every right
 * that the right one has, as if all co-signers had accepted it. What it then could do, it could do by its code alone.
 */
let test: TestLab;
/** Machines that may start: those of this test, until launch is let go. */
let isLaunchHeld = false;
/** Decryptions, by the name of the principal. */
const decryptions: string[] = [];

beforeAll(async () => {
  test = await startTestLab({ moreWallets: ['ops'] });
  test.lab.world.faults.watch(({ method, detail, by, phase }) => {
    if (method === 'kms.decrypt' && phase === 'before') decryptions.push(by);
    if (isLaunchHeld && method === 'compute.instances.provision' && !/turn-[a-z]+-9\d\d$/.test(detail))
      throw new CloudError('UNAVAILABLE', 'held back');
  });
}, 90_000);
afterAll(() => test.close(), 30_000);

const walletOf = (name: string) => {
  const found = test.lab.config.law.wallets.find((wallet) => wallet.name === name);
  if (found === undefined) throw new Error(`no wallet ${name}`);
  return found;
};
const sealsOf = (name: string) =>
  test.list('register', `seals/31337/${walletOf(name).address}/`).flatMap((object) => {
    const read = entrySchema.safeParse(test.json('register', object));
    return read.success && read.data.address === walletOf(name).address ? [read.data] : [];
  });
const noncesOf = (name: string): readonly number[] =>
  sealsOf(name)
    .flatMap(({ items }) => items.map(({ nonce }) => Number(nonce)))
    .sort((a, b) => a - b);
const put = (bucket: string, name: string, bytes: Buffer, metadata = {}) =>
  test.lab.servers.store.insert(OWNER, bucket, name, bytes, { metadata });
const markOf = (wallet: string, id: string) =>
  test.lab.servers.store.list(OWNER, 'lab-work', { prefix: openObject(wallet, id) }).items[0];
/** Machines look at a request from then on. */
const approvedMark = (wallet: string, id: string) =>
  test.until(`the mark of ${id}`, () => ['approved', undefined].includes(markOf(wallet, id)?.metadata.stage));
/** Approved by both, and by no launch: the machines that come are those of this test. */
const approved = async (wallet: string, to: string): Promise<string> => {
  const id = await test.ask({ wallet, to });
  await test.approve('alice', id, { plaintext: test.shareText('alice', wallet) });
  await test.approve('bob', id, { plaintext: test.shareText('bob', wallet) });
  await approvedMark(wallet, id);
  return id;
};
const pay = async (wallet: string, to: string): Promise<string> => {
  const id = await approved(wallet, to);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  return id;
};
const quiet = () => test.until('no machine', () => test.lab.servers.launcher.workloads.size === 0);

/** Name of a machine of an image with a changed law, and with the rights of the right image. It has ended. */
const underLaw = async (turn: bigint, change: (law: Fields) => unknown, wallet = 'treasury'): Promise<string> => {
  const folder = join(test.folder, `law-${turn}`);
  cpSync(join(test.folder, 'image'), folder, { recursive: true });
  const law = change(JSON.parse(readFileSync(join(folder, 'law.json'), 'utf8')));
  writeFileSync(join(folder, 'law.json'), canonicalText(JSON.parse(JSON.stringify(law))));
  const digest = test.lab.servers.images.add(IMAGE_REPOSITORY, folder);
  bindLab(test.lab.world, parseLaw(law).law, digest);
  const name = boot(test, turn, { wallet, image: `${IMAGE_REPOSITORY}@${digest}` });
  await test.line('turn.end', { source: name });
  return name;
};
type Plain = Readonly<Record<string, unknown>>;
const wallets = (law: Fields, change: (wallet: Plain) => Plain): Fields => ({
  ...law,
  wallets: Array.isArray(law.wallets) ? law.wallets.map(change) : [],
});

describe('threat 89: one register with two wallets', () => {
  it('counts the nonces of each by itself', async () => {
    await pay('treasury', payee(600));
    await pay('ops', payee(601));
    await pay('ops', payee(602));
    expect([noncesOf('treasury'), noncesOf('ops')]).toEqual([[0], [0, 1]]);
  });

  it('an entry of the other wallet in the log of this one is junk: its nonce and its ids count for nothing', async () => {
    const { address } = walletOf('treasury');
    const names = test.list('register', `seals/31337/${walletOf('ops').address}/`);
    const places = test.list('register', `seals/31337/${address}/`).length;
    for (const [n, name] of names.entries()) {
      const bytes = test.read('register', name) ?? Buffer.alloc(0);
      put('lab-register', sealObject('31337', address, BigInt(places + n)), bytes);
    }
    const id = await pay('treasury', payee(603));
    expect(test.logged('register-junk').length).toBeGreaterThan(0);
    expect([noncesOf('treasury'), noncesOf('ops')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(sealsOf('treasury').flatMap(({ items }) => items.map((item) => item.id))).toContain(id);
  });
});

describe('threat 89: a machine of another wallet, or of another law', () => {
  let id = '';

  it('a machine of the one wallet does not touch a request of the other, wherever its mark lies', async () => {
    await quiet();
    isLaunchHeld = true;
    id = await approved('treasury', payee(604));
    const { store } = test.lab.servers;
    put(
      'lab-work',
      openObject('ops', id),
      test.read('work', openObject('treasury', id)) ?? bytesOf({}),
      markOf('treasury', id)?.metadata,
    );
    decryptions.length = 0;
    const source = boot(test, 900n, { wallet: 'ops' });
    expect((await test.line('turn.mismatch', { source, id })).fields).toMatchObject({ code: 'ID_MISMATCH' });
    await test.line('turn.end', { source });
    store.delete(OWNER, 'lab-work', openObject('ops', id));
    expect(decryptions).toEqual([]);
  });

  it('a law that gives the name of this wallet to the other: the id is not that of its request', async () => {
    const swapped = ({ name }: Plain): Plain => {
      const { address, commitments } = walletOf(name === 'ops' ? 'treasury' : 'ops');
      return { address, commitments };
    };
    const source = await underLaw(901n, (law) => wallets(law, (wallet) => ({ ...wallet, ...swapped(wallet) })));
    expect(test.logged('turn.mismatch', { source, id })).toHaveLength(1);
    expect(decryptions).toEqual([]);
  });

  it('a law in which one share is enough: that share fits no commitment of it, and no key comes of it', async () => {
    const alone = await test.ask({ to: payee(605) });
    await test.approve('alice', alone);
    await test.line('collect.act', { id: alone, coSigner: 'alice' });
    put('lab-results', approvedObject(alone), bytesOf({ id: alone, wallet: 'treasury', coSigners: ['alice'] }));
    const { store } = test.lab.servers;
    await test.until(
      'the mark',
      () =>
        store.list(OWNER, 'lab-work', { prefix: openObject('treasury', alone) }).items[0]?.metadata.stage ===
        'approved',
    );
    const source = await underLaw(902n, (law) =>
      wallets(law, (wallet) =>
        wallet.name === 'treasury' && Array.isArray(wallet.commitments)
          ? { ...wallet, threshold: 1, commitments: wallet.commitments.slice(0, 1) }
          : wallet,
      ),
    );
    expect(test.logged('turn.bad-share', { source, id: alone }).map(({ fields }) => fields.code)).toEqual([
      'SHARE_WRONG',
    ]);
    expect(test.list('results', badShareObject(alone, 'alice', '').slice(0, -6)).length).toBeGreaterThan(0);
    expect(sealsOf('treasury').flatMap(({ items }) => items.map((item) => item.id))).not.toContain(alone);
  });

  it('a laxer law that all accept signs, is named in the seal, and raises an alarm; nobody signs it twice', async () => {
    const lax = await approved('treasury', payee(606));
    const source = await underLaw(903n, (law) =>
      wallets(law, (wallet) => ({
        ...wallet,
        policy: { rules: [{ name: 'lax', effect: 'allow', destinations: ['*'] }] },
      })),
    );
    expect((await test.line('turn.law', { source, id: lax })).fields).toMatchObject({
      code: 'LAW_MISMATCH',
      alarm: true,
    });
    const mine = sealsOf('treasury').filter(({ items }) => items.some((item) => item.id === lax));
    expect(mine).toHaveLength(1);
    expect(mine[0]?.lawHash).not.toBe(test.lab.config.lawHash);
    isLaunchHeld = false;
    expect(await test.outcome(lax)).toMatchObject({ outcome: 'finalized' });
    const again = boot(test, 904n);
    await test.line('turn.end', { source: again });
    expect(noncesOf('treasury')).toEqual([0, 1, 2]);
  });
});
