import { getAddress, keccak256, toBeArray } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { History } from '#cli/addresses/history.ts';
import { lookAlikes } from '#cli/addresses/look-alikes.ts';
import { nameWarnings } from '#cli/addresses/names-alike.ts';
import { addressWarnings } from '#cli/addresses/who.ts';
import { run as approve } from '#cli/commands/approve.ts';
import { parseLaw } from '#schemas/config.ts';
import { parseRequest } from '#schemas/request.ts';
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
  TWIN,
  USDC,
  withBook,
} from '#test/support/cli/payees.ts';
import { readerOf } from '#test/support/cli/reader.ts';
import { expectRefusal } from '#test/support/code.ts';
import { plainLaw, plainWallet, requestOf, splitOf } from '#test/support/law.ts';
import { stage } from '#test/support/stage.ts';

describe('threat 86: an address that looks like one that was paid, or that has a name, is a loud warning', () => {
  const text = (because: string) =>
    `LOOK-ALIKE: ${TWIN} IS NOT ${SHOP}, ${because}. The first 5 digits and the last 4 digits are the same`;

  test('like one of the book', async () => {
    const s = withBook();
    const found = await shown(s, await s.ask(asks(TWIN)));
    expect(found.warnings[0]).toBe(text('which your law knows: “Corner Shop”'));
    expect(found.addresses[0]?.looksLike).toEqual([
      { address: SHOP, because: 'which your law knows: “Corner Shop”', first: 5, last: 4 },
    ]);
  });

  test('stands beside who gets it, too', async () => {
    const s = withBook();
    const { lines } = (await shown(s, await s.ask(asks(TWIN)))) as unknown as {
      lines: { kind: string; text: string; tone: string }[];
    };
    expect(lines.filter(({ kind }) => kind === 'who')).toContainEqual(
      expect.objectContaining({ text: `LOOKS LIKE ${SHOP}, and is another`, tone: 'danger' }),
    );
  });

  test('like one that was paid, whether or not it has a name, also where a token goes there', async () => {
    const s = stage({ wallet: { policy: POLICY } });
    await pays(s, asks(SHOP), 1n);
    const data = CALLS.encodeFunctionData('transfer', [TWIN, 1n]);
    for (const fields of [asks(TWIN), asks(USDC, { value: '0', data })]) {
      const found = await shown(s, await s.ask(fields));
      expect(found.warnings[0]).toBe(text('which this wallet paid before'));
      expect(about(found, 'FIRST PAYMENT')).toHaveLength(1);
    }
  });

  test('a requester that signs, like one of the law, or like one that asked before', () => {
    const asked = (s: ReturnType<typeof stage>, history?: History) => {
      const request = s.requestOf({ ...asks(OTHER), requester: TWIN });
      const known = { request, wallet: s.wallet, law: s.config.law };
      return addressWarnings(history === undefined ? known : { ...known, history }).map((one) => one.text);
    };
    expect(asked(withBook())).toEqual([text('which your law knows: “Corner Shop”')]);
    const s = stage({ wallet: { policy: POLICY } });
    expect(asked(s)).toEqual([]);
    const request = s.requestOf({ ...asks(OTHER), requester: SHOP });
    const sealed = [{ item: { id: s.idOf(request), request, rungs: [] }, at: 0 }];
    const earlier = { sealed, parties: new Map() };
    expect(asked(s, { kind: 'known', earlier, whole: true, before: new Map() })).toEqual([
      text('which asked this wallet before'),
    ]);
  });

  test('among thousands of addresses, compared with thousands that were paid', () => {
    const made = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => getAddress(`0x${keccak256(toBeArray(from + n)).slice(-40)}`));
    const paid = [...made(1, 5000), SHOP];
    const parties = new Map(paid.map((one) => [one, new Map([['payee' as const, []]])]));
    const history = { kind: 'known', earlier: { sealed: [], parties }, whole: true, before: new Map() } as const;
    const asked = [...made(10_000, 2000), TWIN].map((one) => ({ address: one, roles: ['payee' as const] }));
    expect(lookAlikes(asked, new Map(), history)).toEqual([
      { address: TWIN, known: SHOP, because: 'which this wallet paid before', first: 5, last: 4 },
    ]);
  });

  test('both stand in full, one above the other, with the digits marked that differ', async () => {
    const s = withBook();
    const lines = (await printed(s, await s.ask(asks(TWIN)))).split('\n');
    const at = lines.findIndex((line) => line.includes('asked: '));
    expect(lines.slice(at, at + 3)).toEqual([
      `      asked: ${TWIN}`,
      `      known: ${SHOP}`,
      `             ${' '.repeat(7)}${'^'.repeat(31)}`,
    ]);
  });

  test('a contract that looks like a token of the law', async () => {
    const fake = getAddress(`0xa0b86${'1'.repeat(31)}eb48`);
    const s = withBook();
    const data = CALLS.encodeFunctionData('transfer', [SHOP, 1n]);
    const found = await shown(s, await s.ask(asks(fake, { value: '0', data })));
    expect(found.warnings[0]).toContain(`LOOK-ALIKE: ${fake} IS NOT ${USDC}, which your law knows: token USDC`);
  });

  test('the question repeats it, with every other warning, right above', async () => {
    const s = withBook();
    const id = await s.ask(asks(TWIN));
    const reader = readerOf(s, { answer: 'no' });
    expect(await approve(reader.session, id, { share: '-' })).toBe(1);
    const [, again = ''] = reader.stdout.text.split('You approve, as alice: ');
    const warnings = (await shown(s, id)).warnings;
    expect(warnings.length).toBeGreaterThan(2);
    for (const one of warnings) expect(again).toContain(`  ! ${one}`);
    expect(again).toContain(`known: ${SHOP}`);
    expect(reader.asked).toHaveLength(1);
  });
});

describe('threat 86: names that look like others', () => {
  test('a reference that looks like one that is sealed: it may be paid twice', async () => {
    const s = withBook();
    const id = await pays(s, asks(SHOP, { reference: 'inv-2026-10' }), 1n);
    const found = await shown(s, await s.ask(asks(SHOP, { reference: 'INV-2O26-l0' })));
    expect(about(found, 'the reference')).toEqual([
      `the reference INV-2O26-l0 looks like inv-2026-10, which is sealed as ${id}: is it paid twice?`,
    ]);
    expect(about(await shown(s, await s.ask(asks(SHOP, { reference: 'inv-20261-0' }))), 'the reference')).toEqual([]);
  });

  test.each(['requester', 'reference', 'wallet'])(
    'a %s with a letter of another script is refused at the door',
    (field) => {
      const s = withBook();
      const named = s.requestOf({ wallet: 'hot', requester: 'payroll', reference: 'invoice' });
      const spoiled = { ...named, [field]: Reflect.get(named, field).replace('o', '\u043e') };
      expectRefusal(() => parseRequest(spoiled), 'BAD_FIELD', field, /must be/);
    },
  );

  test('a wallet that looks like another of the law', () => {
    const wallets = ['hot-1', 'hot-l', 'cold'].map((name, n) => plainWallet(splitOf(2, 3, n + 1), { name }));
    const { law } = parseLaw(plainLaw(wallets));
    const warned = law.wallets.map((wallet) =>
      nameWarnings({ wallet, law, request: requestOf({ wallet: wallet.name }) }),
    );
    expect(warned).toEqual([
      [{ text: 'wallet hot-1 looks like wallet hot-l, and is another' }],
      [{ text: 'wallet hot-l looks like wallet hot-1, and is another' }],
      [],
    ]);
  });

  test('a requester who signs nothing and goes by a name of the law, or nearly by that of who asked before', async () => {
    const s = withBook();
    await pays(s, asks(SHOP, { requester: 'payroll' }), 1n);
    const requester = async (name: string) =>
      about(await shown(s, await s.ask(asks(SHOP, { requester: name }))), 'the requester');
    expect(await requester('payro11')).toEqual([
      'the requester payro11 looks like payroll, who asked before, and is another',
    ]);
    expect(await requester('payroll')).toEqual([]);
    expect(await requester('corner-shop')).toEqual([
      'the requester corner-shop, who signs nothing, goes by a name like that of “Corner Shop” of the book',
    ]);
    expect(await requester('h0t')).toEqual([
      'the requester h0t, who signs nothing, goes by a name like that of wallet hot',
    ]);
  });
});
