import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOn } from '#adapters/calls/deadline.ts';
import { realClock } from '#adapters/clock.ts';
import type { Answer, Say } from '#test/support/nodes/quirky.ts';
import { refused, Urls } from './adapter-chain-kit.ts';
import { failureOf } from './adapter-kit.ts';

const urls = new Urls();
beforeAll(() => urls.start());
afterAll(() => urls.stop());

const onSend =
  (answer: Answer): Say =>
  (method) =>
    method === 'eth_sendRawTransaction' ? answer : 'forward';

/** Also says that it has not the transaction, whoever mined it meanwhile. */
const blankOnSend =
  (answer: Answer): Say =>
  (method, ...rest) =>
    method === 'eth_getTransactionByHash' ? { result: null } : onSend(answer)(method, ...rest);

describe('a send goes to every url', () => {
  it.each<[string, Answer, 'sent']>([
    ['says yes and forgets', { result: `0x${'00'.repeat(32)}` }, 'sent'],
    ['says it has it already', refused('already known'), 'sent'],
    ['says that its nonce is used', refused('nonce too low'), 'sent'],
    ['says that it pays too little', refused('replacement transaction underpriced'), 'sent'],
    ['says that the wallet is poor', refused('insufficient funds for gas * price + value'), 'sent'],
    ['hangs up', 'hang up', 'sent'],
    ['knows no such method', refused('the method eth_sendRawTransaction does not exist/is not available'), 'sent'],
  ])('also where the first %s', async (_what, answer, result) => {
    const liar = await urls.nodeThat(blankOnSend(answer));
    const raw = urls.signed();
    urls.nonce += 1;
    expect(await urls.port([liar.url, urls.url]).send(raw)).toBe(result);
    await urls.mined(raw);
    expect(liar.asked.filter((method) => method === 'eth_sendRawTransaction')).toHaveLength(1);
  });

  it('known is known, and so is a used nonce that is ours, whichever url says it', async () => {
    const raw = urls.signed();
    expect(await urls.port([urls.url]).send(raw)).toBe('sent');
    urls.nonce += 1;
    const down = await urls.nodeThat(onSend('hang up'));
    const low = await urls.nodeThat(onSend(refused('nonce too low')));
    expect(await urls.port([down.url, urls.url]).send(raw)).toBe('known');
    expect(await urls.port([low.url, down.url]).send(raw)).toBe('known');
    // The first url has forgotten the transaction: another one has it.
    const blank = await urls.nodeThat(blankOnSend(refused('nonce too low')));
    expect(await urls.port([blank.url, low.url]).send(raw)).toBe('known');
    expect(await failureOf(urls.port([blank.url]).send(raw))).toMatchObject({ field: 'nonce-too-low' });
  });

  it('but never to one that has it, nor to one that cannot say whether it has', async () => {
    const raw = urls.signed();
    const sendsTo = ({ asked }: { readonly asked: readonly string[] }) =>
      asked.filter((method) => method === 'eth_sendRawTransaction').length;
    const silent = await urls.nodeThat((method) => (method === 'eth_getTransactionByHash' ? 'hang up' : 'forward'));
    expect(await failureOf(urls.port([silent.url]).send(raw))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(sendsTo(silent)).toBe(0);
    const open = await urls.nodeThat(() => 'forward');
    expect(await urls.port([open.url]).send(raw)).toBe('sent');
    urls.nonce += 1;
    expect([await urls.port([open.url]).send(raw), await urls.port([open.url]).send(raw)]).toEqual(['known', 'known']);
    expect(sendsTo(open)).toBe(1);
  });

  it('and is asked again for what it has refused in words that say nothing of that', async () => {
    const raw = urls.signed();
    let had = false;
    const odd = await urls.nodeThat((method, ...rest) => {
      if (method !== 'eth_getTransactionByHash') return onSend(refused('transaction underpriced'))(method, ...rest);
      const first = !had;
      had = true;
      return { result: first ? null : { hash: `0x${'11'.repeat(32)}`, blockNumber: null } };
    });
    expect(await urls.port([odd.url]).send(raw)).toBe('known');
  });

  it.each<[string, string[], string]>([
    [
      'to climb',
      ['nonce too low', 'insufficient funds for gas * price + value', 'transaction underpriced'],
      'underpriced',
    ],
    [
      'a used nonce before want of funds',
      ['insufficient funds for gas * price + value', 'nonce too low'],
      'nonce-too-low',
    ],
    ['words before unknown words', ['some words of tomorrow', 'txpool is full'], 'pool-full'],
    ['unknown words before silence', ['hang up', 'some words of tomorrow'], 'refused'],
  ])('where none takes it, the most telling refusal counts: %s', async (_what, words, field) => {
    const raw = urls.signed({ nonce: 0, value: 77n });
    const nodes = await Promise.all(
      words.map((word) => urls.nodeThat(onSend(word === 'hang up' ? 'hang up' : refused(word)))),
    );
    for (const order of [nodes, [...nodes].reverse()])
      expect(await failureOf(urls.port(order.map(({ url }) => url)).send(raw))).toMatchObject({
        code: 'RPC_REFUSED',
        field,
      });
  });

  it('at the same time; one that hangs is waited for once, and asked again all the same', async () => {
    const hanging = await urls.nodeThat(blankOnSend('hang'));
    const waits: { readonly end: () => void; readonly signal: AbortSignal | undefined }[] = [];
    const pending = () => waits.filter(({ signal }) => signal?.aborted === false);
    // No time passes by itself: an attempt is late when the test says so.
    const clock = {
      now: realClock.now,
      sleep: (_ms: number, signal?: AbortSignal) => new Promise<void>((end) => waits.push({ end, signal })),
    };
    const port = urls.port(
      [hanging.url, urls.url],
      1,
      callerOn(clock, () => 0),
    );
    const sends = () => hanging.asked.filter((method) => method === 'eth_sendRawTransaction').length;
    const first = port.send(urls.signed());
    await expect.poll(() => [sends(), pending().length]).toEqual([1, 1]);
    for (const { end } of pending()) end();
    expect(await first).toBe('sent');
    urls.nonce += 1;
    // Nobody ends the wait for the one that hangs.
    expect(await port.send(urls.signed())).toBe('sent');
    urls.nonce += 1;
    await expect.poll(sends).toBe(2);
  });
});
