import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { ensureBuilt } from '../../../build/build.ts';
import { type Dev, startDev } from '../support/cli.ts';
import { keyturnHere } from '../support/in-process.ts';
import '../support/offline.ts';
import { payee } from '../support/requests.ts';
import { balanceOf } from '../support/rpc.ts';
import { waitFor } from '../support/waiting.ts';

/** `keyturn dev --shape split`, as a person has it: the command line pays through it. */
const cwd = mkdtempSync(join(tmpdir(), 'keyturn-split-'));
let dev: Dev;
beforeAll(async () => {
  // Before the clock of its start runs.
  await ensureBuilt();
  dev = await startDev(cwd, '--shape', 'split', '--data', 'kept');
}, 150_000);
afterAll(async () => {
  await dev?.end('SIGTERM');
  rmSync(cwd, { recursive: true, force: true });
}, 30_000);

const cli = (...args: readonly string[]) => keyturnHere(cwd, ...args);

it('the request that it prints is accepted, approved by two of three, and final', async () => {
  const { endpoints } = z
    .object({ endpoints: z.object({ rpc: z.string() }) })
    .parse(JSON.parse(readFileSync(dev.file, 'utf8')));
  const fees =
    /request --to \S+ --value "[^"]+" --max-fee "([^"]+)" --max-priority-fee "([^"]+)" --gas-limit (\d+)/.exec(
      dev.output(),
    );
  const [, maxFee = '', tip = '', gasLimit = ''] = fees ?? [];
  const to = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
  const caps = ['--max-fee', maxFee, '--max-priority-fee', tip, '--gas-limit', gasLimit];
  const asked = await cli('request', '--to', to, '--value', '0.5 ether', ...caps);
  expect(asked).toMatchObject({ code: 0, json: { ok: true, answer: 'accepted' } });
  const id = `${asked.json.id}`;
  for (const who of ['alice', 'carol'])
    expect(await cli('approve', id, '--as', who, '--yes')).toMatchObject({ code: 0, json: { coSigner: who } });
  const status = await waitFor('the outcome', async () => {
    const { json } = await cli('status', id, '--as', 'operator');
    return json.stage === 'decided' && json;
  });
  expect(status).toMatchObject({ approvedBy: ['alice', 'carol'], outcome: { outcome: 'finalized' } });
  expect(await balanceOf(endpoints.rpc, to)).toBe(5n * 10n ** 17n);
});

it('what lacks a fee is told so, since no person may read the urls', async () => {
  const refused = await cli('request', '--to', payee(1), '--value', '1', '--gas-limit', '210000');
  expect(refused).toMatchObject({ code: 2, json: { ok: false, message: expect.stringContaining('--max-fee') } });
});
