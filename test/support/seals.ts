import { SigningKey } from 'ethers';
import { type SealContent, sealBytes, sealSigningDigest } from '#core/register/entry.ts';
import { sealObject } from '#schemas/names.ts';
import { secretOf } from './law.ts';
import { PLAIN } from './receipt.ts';
import type { Pipeline } from './stage.ts';

const KEY = new SigningKey(secretOf(1));

/** An entry of the stage's wallet on its first chain that nobody remembers making: one request at one nonce. Its id. */
export const oldSeal = (s: Pipeline, seq: number, nonce: number): string => {
  const log = { chainId: '31337', address: s.wallet.address, registerBucket: s.buckets.register };
  const request = s.requestOf({ reference: `old-${seq}` });
  const id = s.idOf(request);
  const approvals = [
    { coSigner: 'alice', object: 'alice/shares', generation: '1', sha256: '0'.repeat(64), prediction: '' },
  ];
  const rungs = [`0x${seq.toString(16).padStart(64, '0')}`];
  const content: SealContent = {
    log,
    seq: BigInt(seq),
    previous: '0'.repeat(64),
    lawHash: s.config.lawHash,
    checkpoint: null,
    items: [{ id, nonce: BigInt(nonce), request, rungs, approvals, rule: 'any', ...PLAIN }],
  };
  const bytes = sealBytes(content, KEY.sign(sealSigningDigest(content)).serialized, '');
  s.storage.put(s.buckets.register, sealObject(log.chainId, log.address, BigInt(seq)), bytes);
  return id;
};
