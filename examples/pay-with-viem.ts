/**
 * Pays with viem: `node pay-with-viem.ts REFERENCE ADDRESS ETHER`. The request is signed by the requester's own key, in REQUESTER_KEY: it asks, and can
 * approve nothing. All else is as in `pay-with-ethers.ts`.
 */
import { readFileSync } from 'node:fs';
import { keyturnErrorIn, openClient } from 'keyturn-client';
import { keyturnWallet } from 'keyturn-client/viem';
import { createPublicClient, getAddress, type Hex, http, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const { KEYTURN_CONFIG = 'keyturn.json', RPC_URL = 'http://127.0.0.1:8545', TOKEN_FILE, REQUESTER_KEY } = process.env;
const [reference = '', to = '', ether = ''] = process.argv.slice(2);

const client = openClient({
  config: JSON.parse(readFileSync(KEYTURN_CONFIG, 'utf8')),
  requester: REQUESTER_KEY === undefined ? 'dapp' : privateKeyToAccount(REQUESTER_KEY as Hex),
  tokenFile: TOKEN_FILE,
});
const publicClient = createPublicClient({ transport: http(RPC_URL) });
try {
  const wallet = keyturnWallet({ keyturn: client, publicClient }).forPayment({ reference, memo: 'paid with viem' });
  const hash = await wallet.sendTransaction({ chain: null, to: getAddress(to), value: parseEther(ether) });
  const { status, blockNumber } = await publicClient.getTransactionReceipt({ hash });
  console.log(JSON.stringify({ hash, status, block: Number(blockNumber) }));
} catch (error) {
  const known = keyturnErrorIn(error);
  if (known === undefined) throw error;
  console.log(JSON.stringify({ code: known.code, field: known.field, id: known.id, message: known.message }));
  process.exitCode = 1;
} finally {
  await client.close();
}
