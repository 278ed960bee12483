import { getAddress } from 'ethers';
import { z } from 'zod';
import type { BlockHead, MinedReceipt, MinedTransaction, TransactionLog } from '#core/ports.ts';
import { extraFeeFields, extraFees } from './extra-fees.ts';
import { quantity } from './quantity.ts';

/** JSON-RPC answers as the port gives them (https://ethereum.github.io/execution-apis). A node is not trusted: every field is parsed. */
export const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase());
export const address = z
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
    // IoTeX, RSK and older Nethermind leave it out.
    effectiveGasPrice: quantity.nullish(),
    ...extraFeeFields,
  })
  .nullable()
  .transform((answer): MinedReceipt | undefined => {
    if (answer === null || answer.blockNumber == null || answer.blockHash == null) return undefined;
    const { transactionHash, blockNumber, blockHash, status, gasUsed, effectiveGasPrice } = answer;
    return {
      transactionHash,
      blockNumber,
      blockHash,
      gasUsed,
      effectiveGasPrice: effectiveGasPrice ?? undefined,
      ...extraFees(answer),
      success: status === 1n,
    };
  });

const bytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .transform((text) => text.toLowerCase());

export const logFields = { address, topics: z.array(hash).max(4), data: bytes, logIndex: quantity };
const log = z
  .object(logFields)
  .transform(
    ({ address: by, topics, data, logIndex }): TransactionLog => ({ address: by, topics, data, index: logIndex }),
  );

/** The logs of a receipt, and of which block. Undefined where the node has none, or has the transaction only in its pool. */
export const logsAnswer = z
  .object({ blockHash: hash.nullish(), logs: z.array(log) })
  .nullable()
  .transform((answer) => (answer?.blockHash == null ? undefined : { blockHash: answer.blockHash, logs: answer.logs }));

/** Also one that only the pool has. */
export const knownTransaction = z.object({ hash, blockNumber: quantity.nullish() }).nullable();

/** wei per gas, as most nodes tell it of a mined transaction of any type. Undefined where this one does not. */
export const priceAnswer = z
  .object({ blockNumber: quantity.nullish(), gasPrice: quantity.nullish() })
  .nullable()
  .transform((answer) => (answer?.blockNumber == null ? undefined : (answer.gasPrice ?? undefined)));

/** Undefined where the node has none, or has it only in its pool. */
export const transactionAnswer = z
  .object({ hash, blockNumber: quantity.nullish(), nonce: quantity, from: address })
  .nullable()
  .transform((answer): MinedTransaction | undefined =>
    answer?.blockNumber == null ? undefined : { hash: answer.hash, nonce: answer.nonce, from: answer.from },
  );

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
