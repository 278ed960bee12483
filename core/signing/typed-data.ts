import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { TransactionRequest } from '#schemas/request.ts';
import {
  CHECKPOINT_TYPE,
  DOMAIN_NAME,
  DOMAIN_TYPE,
  DOMAIN_VERSION,
  REQUEST_TYPE,
  SEAL_TYPE,
  SIGNED_FIELDS,
  saltText,
  type TypedField,
} from '#schemas/typed-data.ts';
import type { Statement } from './signer.ts';

/**
 * EIP-712 for the few types that the wallet's key signs, without ethers: where the key is, as little code as possible is loaded.
 * `schemas/digest.ts` writes the same with ethers, and the two must agree before a signature counts.
 */
type Message = Readonly<Record<string, string | bigint | Uint8Array>>;

const word = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length > 32) throw new RangeError('more than 32 bytes');
  return concatBytes(new Uint8Array(32 - bytes.length), bytes);
};

const numberWord = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'));

const encoded = (type: string, value: string | bigint | Uint8Array | undefined): Uint8Array => {
  if (type === 'string' && typeof value === 'string') return keccak_256(utf8ToBytes(value));
  if (type === 'address' && typeof value === 'string') return word(hexToBytes(value.slice(2).toLowerCase()));
  if (type === 'uint256' && typeof value === 'bigint') return numberWord(value);
  if (type === 'bytes32' && value instanceof Uint8Array && value.length === 32) return value;
  throw new RangeError(`no ${type}`);
};

const hashStruct = (name: string, fields: readonly TypedField[], message: Message): Uint8Array => {
  const text = `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(',')})`;
  return keccak_256(
    concatBytes(keccak_256(utf8ToBytes(text)), ...fields.map((field) => encoded(field.type, message[field.name]))),
  );
};

const domainHash = (chainId: string, registerBucket: string): Uint8Array =>
  hashStruct('EIP712Domain', DOMAIN_TYPE, {
    name: DOMAIN_NAME,
    version: DOMAIN_VERSION,
    chainId: BigInt(chainId),
    salt: keccak_256(utf8ToBytes(saltText(registerBucket))),
  });

const typedDigest = (domain: Uint8Array, struct: Uint8Array): Uint8Array =>
  keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domain, struct));

/** The request's id: 64 hex digits without 0x. */
export const requestId = (request: TransactionRequest, walletAddress: string, registerBucket: string): string => {
  const fields = Object.fromEntries(SIGNED_FIELDS.map((field) => [field, request[field]]));
  const struct = hashStruct('Request', REQUEST_TYPE, { ...fields, walletAddress });
  return bytesToHex(typedDigest(domainHash(request.chainId, registerBucket), struct));
};

/** The 32 bytes that the wallet's key signs for this statement. */
export const statementDigest = (statement: Statement, registerBucket: string): Uint8Array => {
  switch (statement.kind) {
    case 'seal': {
      const { chainId, seq, previous, content } = statement;
      const message = { seq, previous: hexToBytes(previous), content: hexToBytes(content) };
      return typedDigest(domainHash(chainId, registerBucket), hashStruct('Seal', SEAL_TYPE, message));
    }
    case 'checkpoint': {
      const { chainId, seq, ...hashes } = statement;
      const struct = hashStruct('Checkpoint', CHECKPOINT_TYPE, {
        seq,
        lawHash: hexToBytes(hashes.lawHash),
        set: hexToBytes(hashes.set),
        content: hexToBytes(hashes.content),
      });
      return typedDigest(domainHash(chainId, registerBucket), struct);
    }
    /* v8 ignore next 2 -- the compiler sees to it that no kind is left @preserve */
    default:
      return statement satisfies never;
  }
};
