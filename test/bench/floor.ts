import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { computeAddress, hexlify, SigningKey, Transaction } from 'ethers';
import { z } from 'zod';
import { type Clients, openClients } from './floor-clients.ts';
import { cpuSince, emit } from './probes/emit.ts';

/**
 * The floor: only the calls without which no request gets from its publication to its receipt. They are made by the same Google clients on the
 * same local cloud, in one process. It decides nothing and checks nothing. test/bench/README.md lists its calls.
 */
const settings = z.object({
  count: z.number(),
  project: z.string(),
  storage: z.string(),
  kms: z.string(),
  pubsub: z.object({ host: z.string(), port: z.number(), ca: z.string() }),
  tee: z.string(),
  rpc: z.string(),
  chainId: z.number(),
  bucket: z.string(),
  topic: z.string(),
  token: z.string(),
  keys: z.array(z.object({ name: z.string(), encrypt: z.string(), decrypt: z.string() })),
});
export type FloorSettings = z.infer<typeof settings>;

const BATCH = 20;
const AT_ONCE = 64;
/** Bytes of a share's line, and of a request with its members. */
const SHARE = randomBytes(120);
const BODY = Buffer.from(JSON.stringify({ wallet: 'treasury', value: '1', data: '0x', reference: 'x'.repeat(400) }));

const given = settings.parse(JSON.parse(process.env.FLOOR ?? ''));
const { count, chainId, keys } = given;
const clients: Clients = openClients(given);
const { create, read, list, publish, encrypt, decrypt, token, rpc } = clients;

/** Pub/Sub's push to a function: one HTTP request each, answered at once. */
const server = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const door = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const push = async (): Promise<void> => void (await (await fetch(door, { method: 'POST', body: BODY })).arrayBuffer());

const signer = new SigningKey(hexlify(randomBytes(32)));
const address = computeAddress(signer);
await rpc('anvil_setBalance', address, '0xffffffffffffffffff');
const run = randomBytes(6).toString('hex');
const broadcast: number[] = [];

/** Published, pushed to intake, accepted and announced; two shares, each pushed to collect; approved, announced and pushed to launch. */
const approved = async (id: string): Promise<void> => {
  await publish(BODY);
  await push();
  await create(`requests/${id}/request.json`, BODY);
  await publish(BODY);
  const upload = async (n: number): Promise<void> => {
    await create(`shares/${id}/${n}`, await encrypt(n, SHARE, id));
    await push();
  };
  await Promise.all(keys.map((_, n) => upload(n)));
  await list(`shares/${id}/`);
  await create(`requests/${id}/approved.json`, BODY);
  await publish(BODY);
  await push();
};

/** One seal for the batch: its requests and shares read and opened, one look, signed, one evidence token, sealed, the second look. */
const sealed = async (batch: readonly number[]): Promise<readonly string[]> => {
  await list(`seals/${run}/`);
  await Promise.all(
    batch.map(async (n) => {
      await read(`requests/${run}-${n}/request.json`);
      await Promise.all(keys.map(async (_, k) => decrypt(k, await read(`shares/${run}-${n}/${k}`), `${run}-${n}`)));
    }),
  );
  const raws = batch.map((nonce) => {
    const transaction = Transaction.from({
      ...{ type: 2, chainId, nonce, to: address, value: 1n, gasLimit: 21_000n },
      ...{ maxFeePerGas: 20_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n },
    });
    transaction.signature = signer.sign(transaction.unsignedHash);
    return transaction.serialized;
  });
  const digest = createHash('sha256').update(raws.join()).digest();
  const evidence = await token(digest.toString('hex'));
  const seal = Buffer.from(JSON.stringify({ signature: signer.sign(digest).serialized, evidence, raws }));
  await create(`seals/${run}/${String(1_000_000 - (batch[0] ?? 0)).padStart(8, '0')}`, seal);
  await list(`seals/${run}/`);
  return raws;
};

/** The signed bytes are kept, then sent. */
const sent = async (n: number, raw: string, began: number): Promise<unknown> => {
  await create(`signed/${run}-${n}`, Buffer.from(raw));
  const hash = await rpc('eth_sendRawTransaction', raw);
  broadcast.push(performance.now() - began);
  return hash;
};

/** Submitted, announced and pushed to finalize; the block, the receipt; receipt and outcome stored and announced. */
const settled = async (n: number, hash: unknown): Promise<void> => {
  const id = `${run}-${n}`;
  await create(`requests/${id}/submitted.json`, BODY);
  await publish(BODY);
  await push();
  await rpc('eth_getBlockByNumber', 'latest', false);
  while ((await rpc('eth_getTransactionReceipt', hash)) === null);
  await create(`receipts/${id}`, BODY);
  await create(`requests/${id}/outcome.json`, BODY);
  await publish(BODY);
  await publish(BODY);
};

const all = Array.from({ length: count }, (_, n) => n);
// Connections are opened before the clock starts, as those of a warm keyturn are.
await Promise.all([publish(BODY), list('warm'), rpc('eth_chainId'), token('warm-up-nonce')]);
const since = process.cpuUsage();
const began = performance.now();
let next = 0;
const worker = async (): Promise<void> => {
  for (let n = next++; n < count; n = next++) await approved(`${run}-${n}`);
};
await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
for (let at = 0; at < count; at += BATCH) {
  const batch = all.slice(at, at + BATCH);
  const raws = await sealed(batch);
  const hashes = await Promise.all(batch.map((n, k) => sent(n, raws[k] ?? '', began)));
  await Promise.all(batch.map((n, k) => settled(n, hashes[k])));
}
emit({ broadcast: [Math.max(...broadcast)], final: [performance.now() - began], cpu: [cpuSince(since) / count] });
