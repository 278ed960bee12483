import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { Storage } from '@google-cloud/storage';
import { JsonRpcProvider, Transaction, Wallet } from 'ethers';
import { IdentityPoolClient } from 'google-auth-library';

/**
 * One transaction as Google's codelab on digital assets with Confidential Space makes it, written anew from what it does. A machine boots and
 * opens both halves of a private key. It joins them as text, signs one fixed transaction, sends it, stores the answer, and ends. No approval is bound to the
 * transaction, and nothing is looked at again. Kinder than the original: it has the right nonce and awaits its own upload.
 */
const of = (name: string): string => process.env[name] ?? '';
const subject = (): string =>
  readFileSync(join(of('KEYTURN_LAUNCHER_DIR'), 'attestation_verifier_claims_token'), 'utf8').trim();
const authClient = new IdentityPoolClient({
  type: 'external_account',
  audience: of('LAB_PROVIDER'),
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: of('LAB_STS'),
  subject_token_supplier: { getSubjectToken: async () => subject() },
  scopes: ['https://www.googleapis.com/auth/cloud-platform'],
  universe_domain: 'googleapis.com',
});
const projectId = of('LAB_PROJECT');
const bucket = new Storage({
  ...{ projectId, authClient, apiEndpoint: of('LAB_STORAGE'), useAuthWithCustomEndpoint: true },
}).bucket(of('LAB_BUCKET'));
const { hostname, port } = new URL(of('LAB_KMS'));
const kms = new KeyManagementServiceClient({
  ...{ projectId, authClient, fallback: true, apiEndpoint: hostname, port: Number(port), protocol: 'http' },
});

const half = async (name: string): Promise<string> => {
  const [ciphertext] = await bucket.file(name).download();
  const [{ plaintext }] = await kms.decrypt({ name: of('LAB_KEY'), ciphertext });
  return Buffer.from(plaintext ?? '').toString();
};

const halves = [await half('alice_encrypted_key_share'), await half('bob_encrypted_key_share')];
const wallet = new Wallet(`0x${halves.join('')}`);
const unsigned = {
  type: 0,
  nonce: Number(of('LAB_NONCE')),
  gasLimit: 21_000n,
  gasPrice: 10_000_000_000_000n,
  value: 1n,
};
const raw = await wallet.signTransaction(Transaction.from({ ...unsigned, to: `0x${'35'.repeat(20)}` }));
const provider = new JsonRpcProvider(of('LAB_NODE'));
const response = await provider.broadcastTransaction(raw);
await bucket.file(`transaction_receipt_${of('LAB_NONCE')}`).save(JSON.stringify(response), { resumable: false });
provider.destroy();
