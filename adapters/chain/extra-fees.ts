import { quantity } from './quantity.ts';

/** What a receipt tells of charges beside its gas. A transaction's type and its blobs count where they are told as EIP-4844 does. */
export const extraFeeFields = {
  // Of the OP Stack and Scroll.
  l1Fee: quantity.nullish(),
  // Of the OP Stack since Isthmus. A node leaves out both where both are 0.
  operatorFeeScalar: quantity.nullish(),
  operatorFeeConstant: quantity.nullish(),
  // Of the OP Stack since Jovian.
  daFootprintGasScalar: quantity.nullish(),
  type: quantity.nullish().catch(undefined),
  blobGasUsed: quantity.nullish().catch(undefined),
  blobGasPrice: quantity.nullish().catch(undefined),
};

type Told = { readonly [field in keyof typeof extraFeeFields]?: bigint | null | undefined } & {
  readonly gasUsed: bigint;
};

/**
 * The operator's fee, in wei. Isthmus divides by a million (https://specs.optimism.io/protocol/isthmus/exec-engine.html), and Jovian takes a
 * hundred times as much instead (https://specs.optimism.io/protocol/jovian/exec-engine.html). A receipt names the footprint since Jovian.
 */
const operatorFee = ({ gasUsed, operatorFeeScalar, operatorFeeConstant, daFootprintGasScalar }: Told): bigint => {
  const scaled = gasUsed * (operatorFeeScalar ?? 0n);
  return (daFootprintGasScalar == null ? scaled / 1_000_000n : scaled * 100n) + (operatorFeeConstant ?? 0n);
};

const BLOBS = 3n;

/** wei. Undefined where the node names none. Since Jovian `blobGasUsed` of the OP Stack is no blob: only type 3 pays for blobs. */
export const extraFees = (told: Told): { readonly l1Fee: bigint | undefined; readonly blobFee: bigint | undefined } => {
  const { l1Fee, type, blobGasUsed, blobGasPrice } = told;
  const operator = operatorFee(told);
  return {
    l1Fee: l1Fee == null && operator === 0n ? undefined : (l1Fee ?? 0n) + operator,
    blobFee: type === BLOBS && blobGasUsed != null && blobGasPrice != null ? blobGasUsed * blobGasPrice : undefined,
  };
};
