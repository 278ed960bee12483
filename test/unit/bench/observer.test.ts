import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { Node } from '#test/bench/node.ts';
import { Observer } from '#test/bench/observer.ts';
import { tally, worthOf } from '#test/bench/tally.ts';

const OURS = `0x${'a1'.repeat(20)}`;
const THEIRS = `0x${'b2'.repeat(20)}`;
/** Values by block; whoever else pays counts for nothing. */
const blocks: { from: string; value: string }[][] = [[{ from: OURS, value: '0x1' }]];
const paid = (n: number, from = OURS) => ({ from, value: `0x${worthOf(n).toString(16)}` });

const server = createServer(async (request, response) => {
  const { method, params } = Object(await json(request));
  const result =
    method === 'eth_blockNumber'
      ? `0x${(blocks.length - 1).toString(16)}`
      : { transactions: blocks[Number(params[0])] };
  response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
});
let node: Node;
beforeAll(async () => {
  node = new Node({ url: `http://127.0.0.1:${await listen(server)}`, chainId: '31337' });
});
afterAll(() => closeServer(server));

it('counts what was mined once, twice and never, from one address and after the start', async () => {
  const observer = await Observer.start(node, OURS.toUpperCase().replace('0X', '0x'));
  const began = performance.now();
  blocks.push([paid(0), paid(2, THEIRS)], [paid(1)], [paid(1)]);
  expect(await observer.until(worthOf(1), 60_000)).toBe(true);
  expect(await observer.until(worthOf(2), 0)).toBe(false);
  await observer.stop();
  expect(observer.count).toBe(3);
  const found = tally('somebody', observer, 3, began);
  expect(found).toMatchObject({ client: 'somebody', once: 1, twice: 1, stuck: 1 });
  expect(found.ms).toBeGreaterThanOrEqual(0);
});
