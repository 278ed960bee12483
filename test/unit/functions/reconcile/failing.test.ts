import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const told = (s: Pipeline) => s.log.lines.filter(({ event }) => event === 'reconcile.failing');
const MINUTE = 60_000;

describe('a settlement that fails alike again and again', () => {
  const failing = async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    const reason = 'rpc: eth_getTransactionReceipt chain 31337 at url 1: an answer of another form';
    s.chain().fault = (call) => (call === 'receipt' ? new KeyturnError('CHAIN_UNREACHABLE', reason) : undefined);
    return { s, id, reason };
  };

  test('alarms once, with its reason, after ten minutes; and settles once it can', async () => {
    const { s, id, reason } = await failing();
    for (let n = 0; n < 9; n++) await s.tick(MINUTE);
    expect(told(s)).toEqual([]);
    for (let n = 0; n < 20; n++) await s.tick(MINUTE);
    expect(told(s)).toEqual([
      { level: 'alarm', event: 'reconcile.failing', fields: { id, code: 'CHAIN_UNREACHABLE', reason } },
    ]);
    s.chain().fault = () => undefined;
    await s.tick(MINUTE);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });

  test('a look that succeeds in between begins anew', async () => {
    const { s, id } = await failing();
    s.chain().depth = 50;
    const { fault } = s.chain();
    for (let n = 0; n < 8; n++) await s.tick(MINUTE);
    s.chain().fault = () => undefined;
    await s.tick(MINUTE);
    const mark = await s.storage.stat(s.buckets.work, openObject('hot', id));
    expect(mark?.metadata).not.toHaveProperty('trouble');
    s.chain().fault = fault;
    for (let n = 0; n < 9; n++) await s.tick(MINUTE);
    expect(told(s)).toEqual([]);
  });
});

test('a refusal in words is told once for each word, not at every look', async () => {
  const s = stage();
  const id = await s.submit();
  s.chain().pool = [];
  let field = 'insufficient-funds';
  s.chain().send = async () => {
    throw new KeyturnError('RPC_REFUSED', field, { field });
  };
  for (let n = 0; n < 5; n++) await s.tick();
  field = 'gas';
  for (let n = 0; n < 5; n++) await s.tick();
  const stuck = s.log.lines.filter(({ event }) => event === 'settle.stuck');
  expect(stuck.map(({ fields }) => [fields.id, fields.reason])).toEqual([
    [id, 'insufficient-funds'],
    [id, 'gas'],
  ]);
});
