import { keccak256 } from 'ethers';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChains } from '#adapters/chain/google-chains.ts';
import type { ChainClient } from '#core/ports.ts';
import { configOf, plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';
import { Urls } from './adapter-chain-kit.ts';
import { eagerly } from './adapter-kit.ts';

const urls = new Urls();
beforeAll(() => urls.start());
afterAll(() => urls.stop());

describe('the chains of a law', () => {
  const authClient = new OAuth2Client();
  const chainFor = (trusted: boolean, given: readonly string[]): ChainClient => {
    const law = plainLaw([plainWallet(splitOf(2, 2))], {
      chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted }],
    });
    const port = openChains(
      { ...configOf(law, plainOperations({ rpc: [{ chainId: '31337', urls: given }] })), authClient },
      eagerly,
    );
    urls.closeLater(() => port.close());
    return port.of('31337');
  };

  it('one liar of two urls decides nothing, unless the law calls the chain trusted', async () => {
    const raw = urls.signed();
    const real = await urls.port([urls.url]).send(raw);
    expect(real).toBe('sent');
    await urls.mined(raw);
    urls.nonce += 1;
    const made = keccak256(urls.signed({ value: 99n }));
    const liar = await urls.nodeThat((method, [hash]) =>
      method === 'eth_getTransactionReceipt' && hash === made
        ? {
            result: {
              transactionHash: made,
              blockNumber: '0x1',
              blockHash: `0x${'1'.repeat(64)}`,
              status: '0x1',
              gasUsed: '0x5208',
              effectiveGasPrice: '0x1',
            },
          }
        : 'forward',
    );
    const untrusted = chainFor(false, [liar.url, urls.url]);
    expect(await untrusted.receipt(made)).toBeUndefined();
    expect(await untrusted.receipt(keccak256(raw))).toMatchObject({ success: true });
    expect(await chainFor(true, [liar.url, urls.url]).receipt(made)).toMatchObject({ transactionHash: made });
  });
});
