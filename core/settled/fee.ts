import type { MinedReceipt } from '../ports.ts';

/** wei. What a mined transaction cost beside its value. Undefined: the node names no such part. */
export interface Fee {
  readonly execution: bigint;
  readonly l1: bigint | undefined;
  readonly blob: bigint | undefined;
  readonly total: bigint;
}

/** `price`: wei per gas. A rollup's charges and blobs stand beside the gas. */
export const feeOf = (
  { gasUsed, l1Fee, blobFee }: Pick<MinedReceipt, 'gasUsed' | 'l1Fee' | 'blobFee'>,
  price: bigint,
): Fee => {
  const execution = gasUsed * price;
  return { execution, l1: l1Fee, blob: blobFee, total: execution + (l1Fee ?? 0n) + (blobFee ?? 0n) };
};
