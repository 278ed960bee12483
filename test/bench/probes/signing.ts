import { secp256k1 } from '@noble/curves/secp256k1.js';
import { secretOf } from '../../support/law.ts';
import { stage } from '../../support/stage.ts';
import { load } from '../tree.ts';
import { cpuSince, emit, numberOf } from './emit.ts';

/**
 * CPU of one request's signatures: its shares checked, the key joined, five rungs signed and read back, and its part of the seal.
 * `bare`: five signatures over digests by noble, which stays the same whatever keyturn signs with. Interleaved, so that both see the same machine.
 */
const { signBatch } = await load('core/register/sealing.ts', 'core/sealing.ts');
const { verifyShare } = await load('core/shares/shares.ts', 'core/shares.ts');
/** The baseline signs by a scheme, where a session signs today. */
const signer = await load('test/support/held-session.ts', 'core/signing-scheme.ts');
const { splitOf } = await import('../../support/law.ts');

const BATCH = 20;
const RUNGS = 5;
const given = stage();
const { wallet, config, buckets } = given;
const [chain] = config.law.chains;
if (chain === undefined) throw new Error('the law has no chain');
const log = { chainId: chain.chainId, address: wallet.address, registerBucket: buckets.register };
const view = { entries: [], taken: new Set<bigint>(), at: given.clock.now(), since: 0 };
const shares = splitOf(2, 3).shares.slice(0, 2);
const batch = Array.from({ length: BATCH }, (_, n) => {
  const request = given.requestOf({ reference: `bench-${n}` });
  const candidates = shares.map(({ index, scalar }, at) => ({
    coSigner: ['alice', 'bob'][at] ?? '',
    object: 'share',
    generation: '1',
    sha256: 'a'.repeat(64),
    share: { wallet: wallet.name, epoch: 1, index, scalar },
  }));
  return { id: given.idOf(request), request, nonce: BigInt(n), rule: 'any', shares: candidates, delay: null };
});
const secret = secretOf(1);
const digest = new Uint8Array(32).fill(7);

const keyturn = async (): Promise<void> => {
  for (const _ of batch)
    for (const share of shares) if (!verifyShare(share, wallet.commitments)) throw new Error('bad share');
  if (signer.heldSession === undefined) {
    signBatch(batch, view, log, 'b'.repeat(64), wallet, signer.combined);
    return;
  }
  const held = batch.map(
    ({ id, request, shares: of }) => [id, { request, shares: of.map(({ share }) => share) }] as const,
  );
  const session = signer.heldSession({ wallet, registerBucket: buckets.register }, new Map(held));
  await signBatch(batch, { view, log, lawHash: 'b'.repeat(64), chain }, wallet, session);
};
const bare = (): void => {
  for (let n = 0; n < BATCH * RUNGS; n++)
    secp256k1.sign(digest, secret, { prehash: false, lowS: true, extraEntropy: false });
};

const measured = { keyturn: [] as number[], bare: [] as number[] };
await keyturn();
bare();
for (let n = 0; n < numberOf('rounds', 5); n++)
  for (const [name, run] of Object.entries({ keyturn, bare })) {
    const since = process.cpuUsage();
    await run();
    measured[name as keyof typeof measured].push(cpuSince(since) / BATCH);
  }
emit(measured);
