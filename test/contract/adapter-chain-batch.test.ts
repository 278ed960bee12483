import { keccak256 } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BATCH } from '#adapters/chain/rpc-batch.ts';
import { BAD_BATCHES, NO_BATCH, OTHER_ORDER } from '#test/support/nodes/quirks-batches.ts';
import type { Answer, QuirkyNode, Say } from '#test/support/nodes/quirky.ts';
import { refused, Urls } from './adapter-chain-kit.ts';

const urls = new Urls();
beforeAll(() => urls.start());
afterAll(() => urls.stop());

/** Raw bytes at the account's next `count` nonces. */
const several = (count: number): readonly string[] => {
  const raws = Array.from({ length: count }, () => {
    const raw = urls.signed();
    urls.nonce += 1;
    return raw;
  });
  return raws;
};
const allMined = async (raws: readonly string[]): Promise<void> => {
  for (const raw of raws) await urls.mined(raw);
};
const times = (value: 'sent' | 'known', count: number) =>
  Array.from({ length: count }, () => ({ status: 'fulfilled', value }));
const sendsTo = ({ asked }: QuirkyNode): number => asked.filter((method) => method === 'eth_sendRawTransaction').length;
const plain: Say = () => 'forward';
const onSend =
  (answer: Answer): Say =>
  (method) =>
    method === 'eth_sendRawTransaction' ? answer : 'forward';

describe('several sends', () => {
  it('go in as few requests as a node takes, in the order given, and never to a node that has them', async () => {
    const node = await urls.nodeThat(plain);
    const raws = several(MAX_BATCH + 3);
    const port = urls.port([node.url]);
    expect(await port.sendAll(raws)).toEqual(times('sent', raws.length));
    expect(node.batches).toEqual([MAX_BATCH, MAX_BATCH, 3, 3]);
    await allMined(raws);
    expect(await port.sendAll(raws)).toEqual(times('known', raws.length));
    expect(sendsTo(node)).toBe(raws.length);
  });

  it('of which a node has some: it gets the others', async () => {
    const node = await urls.nodeThat(plain);
    const raws = several(4);
    await urls.port([urls.url]).sendAll(raws.slice(0, 2));
    expect(await urls.port([node.url]).sendAll(raws)).toEqual([...times('known', 2), ...times('sent', 2)]);
    expect(sendsTo(node)).toBe(2);
    await allMined(raws);
  });

  it('are none: nobody is asked', async () => {
    const node = await urls.nodeThat(plain);
    expect(await urls.port([node.url]).sendAll([])).toEqual([]);
    expect(node.asked).toEqual([]);
  });

  it('that are too long for one request go in several', async () => {
    const node = await urls.nodeThat((method) => (method === 'eth_sendRawTransaction' ? refused('no') : 'forward'));
    const long = (n: number) => urls.signed({ nonce: urls.nonce + n, data: `0x${'11'.repeat(120_000)}` });
    await urls.port([node.url]).sendAll([long(0), long(1), long(2)]);
    // 240,000 characters each.
    expect(node.batches).toEqual([2, 2]);
    expect(sendsTo(node)).toBe(3);
  });
});

describe('a node that takes no batch gets them one by one, and is not asked so again', () => {
  it.each(NO_BATCH.map((quirk) => [`${quirk.name} (${quirk.of})`, quirk] as const))('%s', async (_name, quirk) => {
    const node = await urls.nodeThat(plain, quirk.sayTogether);
    const raws = several(3);
    const port = urls.port([node.url]);
    expect(await port.sendAll(raws)).toEqual(times('sent', 3));
    await allMined(raws);
    expect(await port.sendAll(raws)).toEqual(times('known', 3));
    expect(node.batches).toEqual([3]);
  });

  it('also where it only takes reads so', async () => {
    const node = await urls.nodeThat(plain, async ([first], answers) =>
      first?.method === 'eth_sendRawTransaction' ? { status: 403, body: 'no' } : [...(await answers())],
    );
    const raws = several(3);
    expect(await urls.port([node.url]).sendAll(raws)).toEqual(times('sent', 3));
    await allMined(raws);
    expect(node.batches).toEqual([3, 3]);
  });
});

describe('a batch of questions that is told badly is asked one by one', () => {
  it.each([...BAD_BATCHES, OTHER_ORDER].map((quirk) => [`${quirk.name} (${quirk.of})`, quirk] as const))(
    '%s',
    async (_name, quirk) => {
      const node = await urls.nodeThat(plain, async (calls, answers) =>
        calls[0]?.method === 'eth_sendRawTransaction' ? [...(await answers())] : quirk.sayTogether(calls, answers),
      );
      const raws = several(7);
      const port = urls.port([node.url]);
      expect(await port.sendAll(raws)).toEqual(times('sent', 7));
      await allMined(raws);
      expect(await port.sendAll(raws)).toEqual(times('known', 7));
      expect(sendsTo(node)).toBe(7);
    },
  );
});

describe('a batch of sends that is told badly is not sent again', () => {
  const onSends =
    (say: NonNullable<(typeof BAD_BATCHES)[number]['sayTogether']>): typeof say =>
    async (calls, answers) =>
      calls[0]?.method === 'eth_sendRawTransaction' ? say(calls, answers) : [...(await answers())];

  it.each(BAD_BATCHES.map((quirk) => [`${quirk.name} (${quirk.of})`, quirk] as const))('%s', async (_name, quirk) => {
    const node = await urls.nodeThat(plain, onSends(quirk.sayTogether));
    const raws = several(7);
    const said = await urls.port([node.url]).sendAll(raws);
    // What it told of was taken, whatever it left out.
    const told = { 'all but six': 6, 'the first answer alone, not in a list': 1 }[quirk.name] ?? 0;
    expect(said.slice(0, told)).toEqual(times('sent', told));
    for (const one of said.slice(told)) expect(one).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
    expect(sendsTo(node)).toBe(told === 0 ? 0 : 7);
    await urls.port([urls.url]).sendAll(raws);
    await allMined(raws);
  });

  it('what another url took counts, whatever one loses', async () => {
    const node = await urls.nodeThat(
      plain,
      onSends(() => 'hang up'),
    );
    const raws = several(3);
    expect(await urls.port([node.url, urls.url]).sendAll(raws)).toEqual(times('sent', 3));
    await allMined(raws);
  });
});

describe('of what a batch refuses', () => {
  it('each is told with its own words', async () => {
    const raws = several(3);
    const poor = raws[1] ?? '';
    const node = await urls.nodeThat((method, params) =>
      method === 'eth_sendRawTransaction' && params[0] === poor
        ? refused('insufficient funds for gas * price + value')
        : 'forward',
    );
    expect(await urls.port([node.url]).sendAll(raws)).toMatchObject([
      { value: 'sent' },
      { reason: { code: 'RPC_REFUSED', field: 'insufficient-funds' } },
      { value: 'sent' },
    ]);
    await urls.port([urls.url]).send(poor);
    await allMined(raws);
  });

  it('a node that has it all the same is asked', async () => {
    const node = await urls.nodeThat(async (method, _params, { forward }) => {
      if (method !== 'eth_sendRawTransaction') return 'forward';
      await forward();
      return { error: { code: -32003, message: 'transaction underpriced' } };
    });
    const raws = several(3);
    expect(await urls.port([node.url]).sendAll(raws)).toEqual(times('known', 3));
    expect(sendsTo(node)).toBe(3);
    await allMined(raws);
  });

  it('what came before its turn is offered again, in order', async () => {
    const raws = several(4);
    let isBatch = false;
    const node = await urls.nodeThat(
      (method, params) =>
        method === 'eth_sendRawTransaction' && isBatch && params[0] !== raws[0] ? refused('nonce too high') : 'forward',
      async (_calls, answers) => {
        isBatch = true;
        const all = [...(await answers())];
        isBatch = false;
        return all;
      },
    );
    expect(await urls.port([node.url]).sendAll(raws)).toEqual(times('sent', 4));
    expect(sendsTo(node)).toBe(7);
    await allMined(raws);
  });

  it('what stays too high ends that', async () => {
    const raws = several(4);
    const node = await urls.nodeThat((method, params) =>
      method === 'eth_sendRawTransaction' && params[0] !== raws[0] ? refused('nonce too high') : 'forward',
    );
    const said = await urls.port([node.url]).sendAll(raws);
    expect(said.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(sendsTo(node)).toBe(5);
    await urls.port([urls.url]).sendAll(raws);
    await allMined(raws);
  });

  it('nothing is asked of a url of another chain', async () => {
    const other = await urls.nodeThat(plain);
    const port = urls.port([other.url], 1, undefined, '1');
    for (const one of await port.sendAll(several(2))) expect(one).toMatchObject({ reason: { code: 'CONFIG' } });
    urls.nonce -= 2;
    expect(sendsTo(other)).toBe(0);
    expect(other.batches).toEqual([]);
  });
});

it('a batch tells no url, no key and no bytes', async () => {
  const node = await urls.nodeThat(onSend({ error: { code: -32000, message: 'no' } }), (calls, answers) =>
    calls[0]?.method === 'eth_sendRawTransaction'
      ? [
          { id: 1, error: { code: 1 } },
          { id: 2, result: 1 },
        ]
      : answers().then((all) => [...all]),
  );
  const raws = [urls.signed(), urls.signed({ nonce: urls.nonce + 1 }), urls.signed({ nonce: urls.nonce + 2 })];
  const said = JSON.stringify(
    (await urls.port([node.url]).sendAll(raws)).map((one) =>
      one.status === 'rejected' ? String(one.reason.stack) : one,
    ),
  );
  for (const secret of ['key-abcdef', '127.0.0.1', ...raws]) expect(said).not.toContain(secret);
  expect(said).toContain('left out of a batch');
  expect(keccak256(raws[0] ?? '')).toMatch(/^0x/);
});
