import { getAddress } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Ran } from '../support/cli.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { draft, payee } from '../support/requests.ts';
import { oneStory } from '../support/story.ts';

/** A lab whose law names a supplier. Co-signers read the register with the rights that they have: none is added for this. */
const SHOP = payee(960);
const STRANGER = payee(961);
/** Eight digits in front and five at the end are the shop's. */
const TWIN = getAddress(`${SHOP.slice(0, 10)}${'a'.repeat(27)}${SHOP.slice(-5)}`);

let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
beforeAll(async () => {
  test = await startTestLab({
    law: (usual) => ({
      ...usual,
      chains: usual.chains.map((chain) => ({ ...chain, names: [{ address: SHOP, name: 'Corner Shop' }] })),
    }),
  });
  cli = commandLine(test);
}, 90_000);
afterAll(() => test?.close(), 30_000);
oneStory();

const shown = z.object({
  warnings: z.array(z.string()),
  addresses: z.array(
    z.object({ address: z.string(), name: z.string(), before: z.object({ kind: z.string() }).nullable() }),
  ),
  history: z.object({ known: z.boolean(), requests: z.number(), whole: z.boolean() }),
});
const show = async (id: string, as = 'alice') => {
  const { json, code } = await cli('show', id, '--as', as);
  expect(code).toBe(0);
  const { warnings, ...rest } = shown.parse(json);
  const about = (word: string) => warnings.filter((text) => text.includes(word));
  return { ...rest, first: about('FIRST'), alike: about('LOOK-ALIKE') };
};
const pay = async (to: string) => {
  const id = await test.ask(draft({ to }));
  for (const name of ['alice', 'bob']) expect((await cli('approve', id, '--as', name, '--yes')).code).toBe(0);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  return id;
};

describe('a law with an address book', () => {
  it('a first payment is marked, with the name beside the address, as each co-signer sees it', async () => {
    const id = await test.ask(draft({ to: SHOP }));
    for (const name of ['alice', 'bob']) {
      const { first, alike, addresses, history } = await show(id, name);
      expect(first).toEqual([
        expect.stringContaining(`FIRST PAYMENT: wallet treasury never paid ${SHOP} (“Corner Shop”)`),
      ]);
      expect(alike).toEqual([]);
      expect(addresses).toEqual([{ address: SHOP, name: '“Corner Shop”', before: { kind: 'never' } }]);
      expect(history).toEqual({ known: true, requests: 0, whole: true });
    }
  });

  it('who was paid in a final block is not new; a stranger is', async () => {
    await pay(SHOP);
    const again = await show(await test.ask(draft({ to: SHOP })));
    expect([again.first, again.addresses]).toEqual([
      [],
      [{ address: SHOP, name: '“Corner Shop”', before: { kind: 'final' } }],
    ]);
    const other = await show(await test.ask(draft({ to: STRANGER })));
    expect(other.first).toEqual([expect.stringContaining(`never paid ${STRANGER}. The register seals 1 request`)]);
  });

  it('an address with the ends of the shop is a loud warning', async () => {
    const { alike } = await show(await test.ask(draft({ to: TWIN })));
    expect(alike).toEqual([
      expect.stringContaining(`LOOK-ALIKE: ${TWIN} IS NOT ${SHOP}, which your law knows: “Corner Shop”`),
    ]);
  });

  it('who may not read the register is told that nothing is known', async () => {
    const { first, history } = await show(await test.ask(draft({ to: STRANGER })), 'dapp');
    expect([first, history.known]).toEqual([[], false]);
  });

  it('the receipt names who was paid', async () => {
    const { json } = await cli('receipts', '--as', 'finance');
    const receipts = z
      .array(z.object({ to: z.string(), names: z.array(z.object({ name: z.string() })) }))
      .parse(json.receipts);
    expect(receipts.filter(({ to }) => to === SHOP).map(({ names }) => names)).toEqual([[{ name: '“Corner Shop”' }]]);
  });
});
