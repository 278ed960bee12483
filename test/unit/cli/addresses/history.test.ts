import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import { historyOf } from '#cli/addresses/history.ts';
import { addressWarnings } from '#cli/addresses/who.ts';
import { checkerOf } from '#cli/operate/backing.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { sealObject } from '#schemas/names.ts';
import {
  about,
  asks,
  CALLS,
  OTHER,
  POLICY,
  pays,
  printed,
  SHOP,
  shown,
  USDC,
  withBook,
} from '#test/support/cli/payees.ts';
import { readerOf } from '#test/support/cli/reader.ts';
import { bytesOf, closeJson } from '#test/support/entries.ts';
import { denying } from '#test/support/memory-storage.ts';
import { oldSeal } from '#test/support/seals.ts';
import { stage } from '#test/support/stage.ts';

describe('threat 86: a first payment is marked, with how far back was looked', () => {
  test('where the register holds nothing yet', async () => {
    const s = withBook();
    const found = await shown(s, await s.ask(asks(SHOP)));
    expect(about(found, 'FIRST')).toEqual([
      `FIRST PAYMENT: wallet hot never paid ${SHOP} (“Corner Shop”). The register seals 0 requests of this wallet on anvil-31337 beside this one, and none of them did`,
    ]);
    expect(found.history).toEqual({ known: true, requests: 0, whole: true, why: '' });
    expect(found.addresses).toMatchObject([
      { address: SHOP, name: '“Corner Shop”', roles: ['payee'], before: { kind: 'never' } },
    ]);
  });

  test('and no longer, once a payment is in a final block', async () => {
    const s = withBook();
    await pays(s, asks(SHOP), 1n);
    const id = await s.ask(asks(SHOP));
    const found = await shown(s, id);
    expect(about(found, 'FIRST')).toEqual([]);
    expect(found.addresses).toMatchObject([{ address: SHOP, before: { kind: 'final', times: 1 } }]);
    expect(await printed(s, id)).toMatch(
      /is paid; once before; one that was sealed at 2027-01-01T00:\d\d:\d\dZ is in a final block/,
    );
    // Another one is new all the same.
    expect(about(await shown(s, await s.ask(asks(OTHER))), 'FIRST')).toEqual([
      `FIRST PAYMENT: wallet hot never paid ${OTHER}. The register seals 1 request of this wallet on anvil-31337 beside this one, and none of them did`,
    ]);
  });

  test('what is sealed and in no final block is not called paid', async () => {
    const s = withBook();
    await s.submit(asks(SHOP), 1n);
    const found = await shown(s, await s.ask(asks(SHOP)));
    expect(about(found, 'FIRST')).toEqual([
      `FIRST PAYMENT that could be seen: ${SHOP} (“Corner Shop”) was sealed once before, and your nodes show none of them in a final block`,
    ]);
  });

  test('where the chain does not answer, the register alone is told', async () => {
    const s = withBook();
    await pays(s, asks(SHOP), 1n);
    const id = await s.ask(asks(SHOP));
    s.chain().fault = () => new KeyturnError('CHAIN_UNREACHABLE', 'no answer');
    const found = await shown(s, id);
    expect(about(found, 'FIRST')).toEqual([]);
    expect(found.addresses).toMatchObject([
      { before: { kind: 'sealed', because: 'the chain could not be asked (CHAIN_UNREACHABLE)' } },
    ]);
  });

  test('who may not read the register is told so, and is told of no first payment', async () => {
    const s = withBook();
    const id = await s.ask(asks(SHOP));
    s.storage.fault = denying(s.buckets.register);
    const found = await shown(s, id);
    expect(found.warnings).toContain(
      'whether this wallet dealt with these addresses before is not known: you may not read the register',
    );
    expect(about(found, 'FIRST')).toEqual([]);
  });

  test('who gets a token is the payee, a spender is one, and a payment of nothing pays nobody', async () => {
    const s = withBook();
    const token = (name: string, amount: bigint, to = SHOP) =>
      asks(USDC, { value: '0', data: CALLS.encodeFunctionData(name, [to, amount]) });
    await pays(s, token('transfer', 0n), 1n);
    const first = await shown(s, await s.ask(token('transfer', 5n)));
    expect(about(first, 'FIRST')).toEqual([expect.stringContaining(`FIRST PAYMENT: wallet hot never paid ${SHOP}`)]);
    await pays(s, token('transfer', 5n), 2n);
    expect(about(await shown(s, await s.ask(token('transfer', 7n))), 'FIRST')).toEqual([]);
    // It was paid, and never allowed to take.
    expect(about(await shown(s, await s.ask(token('approve', 7n))), 'FIRST')).toEqual([
      expect.stringContaining(`FIRST APPROVAL: wallet hot never let spend ${SHOP}`),
    ]);
  });

  test('piece 0 of a collection is a payment, and of what the law does not name it may be one', async () => {
    const collection = { address: USDC, symbol: 'ART', decimals: 0, standard: 'erc721' as const };
    const data = (from: string) =>
      new Interface(['function transferFrom(address,address,uint256)']).encodeFunctionData('transferFrom', [
        from,
        SHOP,
        0n,
      ]);
    const FIRST = [expect.stringContaining(`FIRST PAYMENT: wallet hot never paid ${SHOP}`)];
    for (const [tokens, again] of [
      [[collection], []],
      [[], FIRST],
    ] as const) {
      const s = stage({ tokens, wallet: { policy: POLICY } });
      const gives = () => asks(USDC, { value: '0', data: data(s.wallet.address) });
      expect(about(await shown(s, await s.ask(gives())), 'FIRST PAYMENT')).toEqual(FIRST);
      await pays(s, gives(), 1n);
      expect(about(await shown(s, await s.ask(gives())), 'FIRST PAYMENT')).toEqual(again);
    }
  });

  test('a payment to one that was paid before hides nothing else that it gets', async () => {
    const s = withBook();
    await pays(s, asks(SHOP), 1n);
    const both = { value: '1', data: CALLS.encodeFunctionData('approve', [SHOP, 7n]) };
    const id = await s.ask(asks(SHOP, both));
    const found = await shown(s, id);
    expect(about(found, 'FIRST')).toEqual([
      expect.stringContaining(`FIRST APPROVAL: wallet hot never let spend ${SHOP}`),
    ]);
    expect(found.addresses).toMatchObject([{ roles: ['payee', 'spender'], before: { kind: 'never' } }]);
    const text = await printed(s, id);
    expect(text).toMatch(/is paid; once before/);
    expect(text).toMatch(/may spend; for the first time/);
    await pays(s, asks(SHOP, both), 2n);
    expect(about(await shown(s, await s.ask(asks(SHOP, both))), 'FIRST')).toEqual([]);
  });

  test('only the newest seals are read, and it is said how far back they go', async () => {
    const s = withBook();
    const { law } = s.config;
    for (let n = 0; n < 40; n++) {
      oldSeal(s, n, n);
      s.clock.advance(1000);
    }
    const { session } = readerOf(s);
    const request = s.requestOf(asks(SHOP));
    const looked = { id: s.idOf(request), request, wallet: s.wallet, law };
    const history = await historyOf(session, { ...looked, most: 5 }, checkerOf(session), new Map());
    // They are read sixteen at a time.
    expect(history).toMatchObject({ whole: false, earlier: { sealed: { length: 16 } } });
    expect(addressWarnings({ ...looked, history }).map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /None of the newest 16 requests that the register seals on anvil-31337 did; they go back to 2027-01-01T00:00:24Z, and older ones were not read$/,
      ),
    ]);
    const all = await historyOf(session, { ...looked, most: 40 }, checkerOf(session), new Map());
    expect(all).toMatchObject({ whole: true, earlier: { sealed: { length: 40 } } });
  });

  test('a register full of what is no seal costs no more than it may', async () => {
    const s = withBook();
    for (let n = 0; n < 2001; n++)
      s.storage.put(
        s.buckets.register,
        sealObject('31337', s.wallet.address, BigInt(n)),
        bytesOf(closeJson(['0'.repeat(64)])),
      );
    expect((await shown(s, await s.ask(asks(SHOP)))).warnings).toContain(
      'whether this wallet dealt with these addresses before is not known: TOO_LARGE: the register holds more than 2000 entries beside its newest seals',
    );
  });
});
