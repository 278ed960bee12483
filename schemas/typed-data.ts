import { REQUEST_FIELDS } from './request-fields.ts';

/** The EIP-712 types that keyturn signs, without a library: `schemas/digest.ts` writes them with ethers, `core/signing/typed-data.ts` without. */
export const SIGNED_FIELDS = REQUEST_FIELDS.filter((field) => field !== 'requesterSignature');

/** Mutable, since ethers asks for that. */
export interface TypedField {
  name: string;
  type: string;
}

export const REQUEST_TYPE: TypedField[] = [
  ...SIGNED_FIELDS.map((name) => ({ name, type: 'string' })),
  { name: 'walletAddress', type: 'address' },
];

export const SEAL_TYPE: TypedField[] = [
  { name: 'seq', type: 'uint256' },
  { name: 'previous', type: 'bytes32' },
  { name: 'content', type: 'bytes32' },
];

export const CHECKPOINT_TYPE: TypedField[] = [
  { name: 'seq', type: 'uint256' },
  { name: 'lawHash', type: 'bytes32' },
  { name: 'set', type: 'bytes32' },
  { name: 'content', type: 'bytes32' },
];

export const DOMAIN_TYPE: TypedField[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'salt', type: 'bytes32' },
];

export const DOMAIN_NAME = 'keyturn';
export const DOMAIN_VERSION = '2';

/** keccak256 of this is the salt of the domain. */
export const saltText = (registerBucket: string): string => `gs://${registerBucket}`;
