import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Dev, descendants, startDev, stillRunning } from '../support/cli.ts';
import { type DevJson, devJson, peopleOf } from '../support/dev-lab.ts';
import '../support/offline.ts';
import { payee } from '../support/requests.ts';
import { balanceOf } from '../support/rpc.ts';
import { waitFor } from '../support/waiting.ts';

const cwd = mkdtempSync(join(tmpdir(), 'keyturn-dev-'));
let dev: Dev;
const read = (): DevJson => devJson.parse(JSON.parse(readFileSync(dev.file, 'utf8')));
const { outcomeOf, here, pay } = peopleOf(cwd, read);
let first: DevJson;
let firstLaw: ReturnType<typeof lawOf>;

const lawSchema = z.looseObject({ endpoints: z.looseObject({ pubsub: z.looseObject({ ca: z.string() }) }) });
const lawOf = () => lawSchema.parse(JSON.parse(readFileSync(join(cwd, 'kept', 'keyturn.json'), 'utf8')).law);

beforeAll(async () => {
  dev = await startDev(cwd, '--data', 'kept');
  first = read();
  firstLaw = lawOf();
  const { receipt } = await pay(here, payee(51), 'dev-1');
  expect(receipt).toMatchObject({ nonce: '0', status: 'finalized' });
  await dev.end('SIGTERM');
}, 90_000);
afterAll(async () => {
  await dev.end('SIGTERM');
  rmSync(cwd, { recursive: true, force: true });
}, 30_000);

describe('keyturn dev --data', () => {
  it('goes on from --data: wallet, receipts and references are there, and the next nonce follows', async () => {
    dev = await startDev(cwd, '--data', 'kept');
    expect(read().wallets).toEqual(first.wallets);
    const { endpoints, ...law } = lawOf();
    const { endpoints: then, ...lawThen } = firstLaw;
    // The OS chose other ports. But for them, law and authority are the same, so that its hash changes for no other reason.
    expect(law).toEqual(lawThen);
    expect(endpoints.pubsub.ca).toBe(then.pubsub.ca);
    expect(dev.output()).toContain('keyturn: its law names other ports than at the last start');
    const again = await here('request', '--to', payee(52), '--value', '1', '--reference', 'dev-1');
    expect(again).toMatchObject({ code: 1, json: { code: 'REFERENCE_USED' } });
    const { receipt, receipts } = await pay(here, payee(52), 'dev-2');
    expect(receipt).toMatchObject({ nonce: '1', status: 'finalized' });
    expect(receipts.map(({ reference }) => reference).sort()).toEqual(['dev-1', 'dev-2']);
    expect(await balanceOf(read().endpoints.rpc, payee(51))).toBe(250_000_000_000_000_000n);
  });

  it('after kill -9 nothing is left running, and it goes on all the same', async () => {
    const asked = await here('request', '--to', payee(53), '--value', '7', '--reference', 'dev-3');
    const id = `${asked.json.id}`;
    expect(await here('approve', id, '--as', 'alice', '--yes')).toMatchObject({ code: 0 });
    const below = descendants(dev.pid);
    await dev.end('SIGKILL');
    await waitFor('its processes to end', () => stillRunning(below).length === 0);
    expect(await here('pending'), 'a dev.json of a dead process').toMatchObject({
      code: 1,
      json: { code: 'UNAVAILABLE', field: 'config' },
    });
    dev = await startDev(cwd, '--data', 'kept');
    expect(await here('approve', id, '--as', 'bob', '--yes')).toMatchObject({ code: 0 });
    expect(await outcomeOf(id)).toBe('finalized');
    const { json } = await here('receipts');
    expect(json.receipts).toContainEqual(expect.objectContaining({ id, nonce: '2', approvedBy: ['alice', 'bob'] }));
  });

  it('goes on from the copy where the last state of the chain is torn, and says so', async () => {
    await dev.end('SIGTERM');
    truncateSync(join(cwd, 'kept', 'chain', 'state.json'), 100);
    dev = await startDev(cwd, '--data', 'kept');
    expect(dev.output()).toContain('keyturn: the last state of the chain cannot be read: it goes on from that of 2');
    expect(await balanceOf(read().endpoints.rpc, payee(51))).toBe(250_000_000_000_000_000n);
    expect(await balanceOf(read().endpoints.rpc, payee(53))).toBe(7n);
  });
});
