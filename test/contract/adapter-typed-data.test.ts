import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signTypedDataAt } from '#adapters/chain/typed-data.ts';
import { type Anvil, DEV_MNEMONIC, startAnvil } from '#local/cloud/processes/anvil.ts';
import { requesterOf, signingPayload } from '#schemas/digest.ts';
import { requestOf } from '#test/support/law.ts';

const { address } = Wallet.fromPhrase(DEV_MNEMONIC);
const WALLET = '0x4a62316623ad457F02cDC5D997deD67a383EC569';
const request = requestOf({ chainId: '31337', requester: address, memo: '0xab' });
const payload = JSON.stringify(signingPayload(request, WALLET, 'lab-register'));

describe('a node that holds the account', () => {
  let anvil: Anvil;
  beforeAll(async () => {
    anvil = await startAnvil({});
  });
  afterAll(() => anvil?.stop());

  test('signs the request, in its own name', async () => {
    const requesterSignature = await signTypedDataAt(anvil.url, address, payload);
    expect(requesterOf({ ...request, requesterSignature }, WALLET, 'lab-register')).toBe(address);
  });

  test('an account that it does not hold is refused', async () => {
    const other = new Wallet(`0x${'5'.repeat(64)}`).address;
    await expect(signTypedDataAt(anvil.url, other, payload)).rejects.toMatchObject({ code: 'RPC_REFUSED' });
  });
});

describe('a signer that answers otherwise', () => {
  let server: Server;
  let answer: { readonly status: number; readonly body: string } = { status: 200, body: '' };
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-key`;
  let asked = 0;
  beforeAll(async () => {
    server = createServer((_, response) => {
      asked += 1;
      response.writeHead(answer.status, { location: '/elsewhere' }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test.each([
    ['no JSON', 200, '<html>', 'UNAVAILABLE'],
    ['no signature', 200, '{"jsonrpc":"2.0","id":1,"result":"0x12"}', 'UNAVAILABLE'],
    ['an object', 200, '{"jsonrpc":"2.0","id":1,"result":{}}', 'UNAVAILABLE'],
    ['a refusal', 200, '{"jsonrpc":"2.0","id":1,"error":{"code":4001,"message":"secret words"}}', 'RPC_REFUSED'],
    ['an error of its server', 500, 'secret words', 'UNAVAILABLE'],
    ['another place', 302, '', 'UNAVAILABLE'],
  ])('%s: refused, asked once, and neither url nor its words are shown', async (_, status, body, code) => {
    answer = { status, body };
    asked = 0;
    const error: unknown = await signTypedDataAt(url(), address, payload).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(error instanceof Error ? error.message : '').not.toMatch(/secret|127\.0\.0\.1/);
    expect(asked).toBe(1);
  });
});
