import { z } from 'zod';

/** A number as JSON-RPC writes it (https://ethereum.github.io/execution-apis). Leading zeros are taken: some nodes write them. */
export const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt);

/** The same, the other way. */
export const quantityText = (value: bigint): string => `0x${value.toString(16)}`;
