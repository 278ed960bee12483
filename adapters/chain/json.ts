import { getAddress } from 'ethers';
import { z } from 'zod';
import type { BlockHead, MinedReceipt, MinedTransaction } from '#core/ports.ts';

/** JSON-RPC answers as the port gives them (https://ethereum.github.io/execution-apis). A node is not trusted: every field is parsed. */
export const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt);
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase());
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text) => getAddress(text.toLowerCase()));

/** Undefined where the node has none, or has it only in its pool. */
export const receiptAnswer = z
  .object({
    transactionHash: hash,
    blockNumber: quantity.nullish(),
    blockHash: hash.nullish(),
    status: quantity.pipe(z.union([z.literal(0n), z.literal(1n)])),
    gasUsed: quantity,
    effectiveGasPrice: quantity,
    // Of the OP Stack and Scroll.
    l1Fee: quantity.nullish(),
  })
  .nullable()
  .transform((answer): MinedReceipt | undefined => {
    if (answer === null || answer.blockNumber == null || answer.blockHash == null) return undefined;
    const { status, blockNumber, blockHash, l1Fee, ...rest } = answer;
    return { ...rest, blockNumber, blockHash, l1Fee: l1Fee ?? undefined, success: status === 1n };
  });

/** Also one that only the pool has. */
export const knownTransaction = z.object({ hash, blockNumber: quantity.nullish() }).nullable();

/** EIP-155: v is 35 or 36 more than twice the chain id. Hardhat and Ganache leave `chainId` out of a legacy transaction. 0: none is told. */
const chainIdIn = (type: bigint, v: bigint | null | undefined): bigint =>
  type === 0n && v != null && v >= 35n ? (v - 35n) / 2n : 0n;

export const transactionAnswer = z
  .object({
    hash,
    blockNumber: quantity.nullish(),
    type: quantity.default(0n),
    chainId: quantity.nullish(),
    v: quantity.nullish(),
    nonce: quantity,
    from: address,
    to: address.nullish(),
    value: quantity,
    input: z.string().regex(/^0x([0-9a-fA-F]{2})*$/),
    gas: quantity,
  })
  .nullable()
  .transform((answer): MinedTransaction | undefined => {
    if (answer === null || answer.blockNumber == null) return undefined;
    const { hash: transaction, type, chainId, v, nonce, from, to, value, input, gas } = answer;
    return {
      hash: transaction,
      type: Number(type),
      chainId: chainId ?? chainIdIn(type, v),
      nonce,
      from,
      to: to ?? null,
      value,
      data: input.toLowerCase(),
      gasLimit: gas,
    };
  });

export const blockAnswer = z
  .object({ number: quantity, hash, timestamp: quantity, baseFeePerGas: quantity.nullish() })
  .nullable()
  .transform((answer): BlockHead | undefined =>
    answer === null
      ? undefined
      : {
          number: answer.number,
          hash: answer.hash,
          time: Number(answer.timestamp) * 1000,
          baseFeePerGas: answer.baseFeePerGas ?? undefined,
        },
  );
