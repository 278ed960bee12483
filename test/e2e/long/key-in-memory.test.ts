import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { shareText } from '#schemas/share-text.ts';
import { requestOf, secretOf, splitOf, walletOf } from '#test/support/law.ts';
import { noncesOf } from '#test/support/memory/nonces.ts';
import { canScan, type Sought, scanMemory } from '#test/support/memory/scan.ts';

/**
 * What lies in the memory of a process that judges shares, joins them and signs, seen from outside. A text or a number of JavaScript cannot be
 * overwritten, so none may ever hold a key, a share or a nonce. What comes over the network is not in this.
 */
if (!canScan) console.warn('SKIPPED: scanning the memory of a process that signs (this is not Linux, or not root)');
const asRoot = test.skipIf(!canScan);

const FILE = fileURLToPath(new URL('../../support/memory/signs.ts', import.meta.url));
const MASK = 0x5a;
const KEY = secretOf(1);
const SPLIT = splitOf(2, 3);
const SOUGHT: readonly Sought[] = [
  { name: 'key', bytes: KEY },
  ...SPLIT.shares.slice(0, 2).map(({ index, scalar }) => ({ name: `share ${index}`, bytes: scalar })),
  ...noncesOf(requestOf(), 7n, KEY),
];

/** Its lines, one after the other. */
const heardFrom = (child: ChildProcess) => {
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (): Promise<string> => `${(await lines.next()).value}`;
};

const signing = async (planted?: BufferEncoding) => {
  const child = spawn(
    process.execPath,
    [FILE, JSON.stringify(walletOf(SPLIT)), ...(planted === undefined ? [] : [planted])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const line = heardFrom(child);
  try {
    for (const { index, scalar } of SPLIT.shares.slice(0, 2)) {
      const text = shareText({ wallet: 'hot', epoch: 1, index, scalar });
      child.stdin?.write(Buffer.from([text.length, ...text.map((byte) => byte ^ MASK)]));
    }
    const pid = child.pid ?? 0;
    expect(await line()).toBe('opened');
    const opened = scanMemory(pid, SOUGHT);
    child.stdin?.write('\n');
    expect(await line()).toBe('signed 5');
    const signed = scanMemory(pid, SOUGHT);
    await pause(1000);
    const later = scanMemory(pid, SOUGHT);
    child.stdin?.write('\n');
    await line();
    return { opened, signed, later };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
};

asRoot(
  'threat 26, 50: nothing of a key, a share or a nonce is left by signing, at once and a second later',
  async () => {
    const { opened, signed, later } = await signing();
    // The scan sees what is there: the shares, as bytes that are wiped later, and in no other form.
    expect(new Set(opened.keys())).toEqual(new Set(['share 1, raw', 'share 2, raw']));
    expect([Object.fromEntries(signed), Object.fromEntries(later)]).toEqual([{}, {}]);
  },
  120_000,
);

asRoot(
  'one that is planted as hex is found',
  async () => {
    const { later } = await signing('hex');
    expect([...later.keys()].filter((what) => what.startsWith('share 1, hex'))).not.toEqual([]);
  },
  120_000,
);
