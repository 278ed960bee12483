import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { combineShares } from '#core/shares/shares.ts';
import { digestOf } from '#schemas/digest.ts';
import { requestObject } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { noncesOf } from '#test/support/memory/nonces.ts';
import { canScan, type Sought } from '#test/support/memory/scan.ts';
import { scanBeside } from '#test/support/memory/scan-beside.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';

/**
 * What lies in the memory of every process of the running image, while a batch is opened and after it is signed. What comes over the network is in
 * this: Cloud KMS is the lab's, and speaks HTTP.
 */
if (!canScan) console.warn('SKIPPED: scanning the processes of the image (this is not Linux, or not root)');

/** None where it has ended. */
const childrenOf = (pid: number): readonly number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};
const treeOf = (pid: number): readonly number[] => [pid, ...childrenOf(pid).flatMap(treeOf)];

let lab: TestLab;
beforeAll(async () => {
  if (canScan) lab = await startTestLab({ operations: { idleSeconds: 60 } });
}, 120_000);
afterAll(() => lab?.close());

const shareOf = (coSigner: string) => parseShareText(Buffer.from(lab.shareText(coSigner)));

/** The turn's process, and the one that signs while there is one. */
const processes = (): { readonly turn: number; readonly signing: readonly number[] } => {
  const [turn] = lab.lab.servers.launcher.workloads.values();
  return turn === undefined ? { turn: 0, signing: [] } : { turn, signing: treeOf(turn).slice(1) };
};
test.skipIf(!canScan)(
  'threat 26, 50: the turn never holds key, share or nonce, and a second after the batch no process of the image does',
  async () => {
    const names = ['alice', 'bob'];
    const shares = names.map(shareOf);
    const [wallet] = lab.lab.config.law.wallets;
    if (wallet === undefined) throw new Error('no wallet');
    const key = combineShares(shares, wallet.commitments);
    // A text that the turn does hold, since it stands in the request: the scan must find it there, then and later.
    const planted = randomBytes(32);
    const id = await lab.ask({ memo: planted.toString('hex') });
    const stored = Object(lab.json('results', requestObject(id)));
    const request = parseRequest(stored.request);
    expect(digestOf(request, wallet.address, lab.lab.description.buckets.register)).toBe(id);
    const secrets: readonly Sought[] = [
      { name: 'key', bytes: key },
      ...shares.map(({ scalar }, n) => ({ name: `share of ${names[n]}`, bytes: scalar })),
      ...noncesOf(request, 0n, key),
    ];
    const sought = [...secrets, { name: 'planted', bytes: planted }];
    const plantedAlone = (seen: ReadonlyMap<string, number> | undefined): void => {
      expect([...(seen?.keys() ?? ['it ended'])].filter((what) => !what.startsWith('planted'))).toEqual([]);
      expect(seen?.has('planted, hex')).toBe(true);
    };
    // Alice's key answers late, twice: of the first batch, and of the process in which hers is opened again beside the lane.
    const aliceKey = lab.lab.config.law.coSigners.find(({ name }) => name === 'alice')?.releaseKey ?? '';
    for (const delayMs of [5_000, 8_000])
      lab.lab.world.faults.add({ method: 'kms.decrypt', matching: aliceKey, kind: 'delay', delayMs });
    for (const name of names) await lab.approve(name, id);
    const holding = await lab.until('a process that holds a share', async () => {
      const [pid] = processes().signing;
      const seen = pid === undefined ? undefined : await scanBeside(pid, sought);
      return seen?.has('share of bob, raw') === true ? seen : undefined;
    });
    // As bytes that can be overwritten, and in no other form.
    const forms = [...holding.keys()].filter((what) => !what.startsWith('planted'));
    expect(forms.filter((what) => !what.endsWith(', raw'))).toEqual([]);
    plantedAlone(await scanBeside(processes().turn, sought));
    await lab.line('turn.sealed', { id });
    await pause(1000);
    const { turn, signing } = processes();
    expect(signing).toEqual([]);
    plantedAlone(await scanBeside(turn, sought));
  },
  180_000,
);
