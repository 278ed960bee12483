/**
 * Pays with ethers: `node pay-with-ethers.ts REFERENCE ADDRESS ETHER`. Run it again with the same three words, after a crash or at any time, and it waits
 * for the same payment.
 *
 * KEYTURN_CONFIG names keyturn.json, RPC_URL your own node. TOKEN_FILE is for a lab; elsewhere your application-default credentials count.
 */
import { readFileSync } from 'node:fs';
import { JsonRpcProvider, parseEther } from 'ethers';
import { isKeyturnError, openClient } from 'keyturn-client';
import { KeyturnSigner } from 'keyturn-client/ethers';

const { KEYTURN_CONFIG = 'keyturn.json', RPC_URL = 'http://127.0.0.1:8545', TOKEN_FILE } = process.env;
const [reference = '', to = '', ether = ''] = process.argv.slice(2);

const client = openClient({
  config: JSON.parse(readFileSync(KEYTURN_CONFIG, 'utf8')),
  requester: 'dapp',
  tokenFile: TOKEN_FILE,
});
const provider = new JsonRpcProvider(RPC_URL);
try {
  const signer = new KeyturnSigner(client, provider).forPayment({ reference, memo: 'paid with ethers' });
  const response = await signer.sendTransaction({ to, value: parseEther(ether) });
  const receipt = await response.wait();
  console.log(JSON.stringify({ hash: response.hash, block: receipt?.blockNumber }));
} catch (error) {
  if (!isKeyturnError(error)) throw error;
  console.log(JSON.stringify({ code: error.code, field: error.field, id: error.id, message: error.message }));
  process.exitCode = 1;
} finally {
  provider.destroy();
  await client.close();
}
