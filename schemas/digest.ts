import {
  concat,
  dataLength,
  getBytes,
  keccak256,
  Signature,
  TypedDataEncoder,
  type TypedDataField,
  toBeHex,
  toUtf8Bytes,
  verifyTypedData,
} from 'ethers';
import type { TransactionRequest } from './request.ts';
import {
  CHECKPOINT_TYPE,
  DOMAIN_NAME,
  DOMAIN_TYPE,
  DOMAIN_VERSION,
  REQUEST_TYPE,
  SEAL_TYPE,
  SIGNED_FIELDS,
  saltText,
} from './typed-data.ts';

const REQUEST_TYPES = { Request: REQUEST_TYPE };

const SEAL_TYPES = { Seal: SEAL_TYPE };

const CHECKPOINT_TYPES = { Checkpoint: CHECKPOINT_TYPE };

/**
 * The EIP-712 domain. The salt names the register bucket, so that an approval given for one register is worthless in any other. A second
 * register would be a second sequence of nonces for the same key.
 */
const domainOf = (chainId: string, registerBucket: string) => ({
  name: DOMAIN_NAME,
  version: DOMAIN_VERSION,
  chainId: BigInt(chainId),
  salt: keccak256(toUtf8Bytes(saltText(registerBucket))),
});

/** Domains whose hash is kept. A law has few; a publisher can name any chain. */
const MAX_DOMAINS = 64;
const domainHashes = new Map<string, string>();

const domainHash = (chainId: string, registerBucket: string): string => {
  const key = JSON.stringify([chainId, registerBucket]);
  const known = domainHashes.get(key) ?? TypedDataEncoder.hashDomain(domainOf(chainId, registerBucket));
  if (!domainHashes.has(key) && domainHashes.size < MAX_DOMAINS) domainHashes.set(key, known);
  return known;
};

/** By the types themselves: an encoder hashes them when it is made, and each request is hashed at every step. */
const encoders = new WeakMap<Record<string, TypedDataField[]>, TypedDataEncoder>();

const encoderOf = (types: Record<string, TypedDataField[]>): TypedDataEncoder => {
  const encoder = encoders.get(types) ?? TypedDataEncoder.from(types);
  encoders.set(types, encoder);
  return encoder;
};

/** What `TypedDataEncoder.hash` gives, with the parts that do not change worked out once. */
const hashOf = (
  chainId: string,
  registerBucket: string,
  { types, message }: Pick<TypedData, 'types' | 'message'>,
): string => keccak256(concat(['0x1901', domainHash(chainId, registerBucket), encoderOf(types).hash(message)]));

const messageOf = (request: TransactionRequest, walletAddress: string) => ({
  ...Object.fromEntries(SIGNED_FIELDS.map((field) => [field, request[field]])),
  walletAddress,
});

/** The request's id: its EIP-712 digest, 64 hex digits without 0x. */
export const digestOf = (request: TransactionRequest, walletAddress: string, registerBucket: string): string =>
  hashOf(request.chainId, registerBucket, { types: REQUEST_TYPES, message: messageOf(request, walletAddress) }).slice(
    2,
  );

/** What a requester's wallet is asked to sign (eth_signTypedData_v4): domain, types and message. */
export const typedRequest = (request: TransactionRequest, walletAddress: string, registerBucket: string) => ({
  domain: domainOf(request.chainId, registerBucket),
  types: REQUEST_TYPES,
  message: messageOf(request, walletAddress),
});

/** JSON of any chain id: a number where that is exact, since libraries read a text in more than one way. */
const jsonNumber = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

/** The whole second parameter of eth_signTypedData_v4, as JSON carries it (EIP-712). Every member of the message is a string. */
export interface SigningPayload {
  readonly types: Readonly<Record<string, readonly TypedDataField[]>>;
  readonly primaryType: 'Request';
  readonly domain: Readonly<Record<string, string | number>>;
  readonly message: Readonly<Record<string, string>>;
}

/** What a requester's wallet is asked to sign. The type of the domain is spelled out: a library that guesses it may leave out the salt. */
export const signingPayload = (
  request: TransactionRequest,
  walletAddress: string,
  registerBucket: string,
): SigningPayload => {
  const { domain, types, message } = typedRequest(request, walletAddress, registerBucket);
  return {
    types: { EIP712Domain: DOMAIN_TYPE, ...types },
    primaryType: 'Request',
    domain: { ...domain, chainId: jsonNumber(domain.chainId) },
    message,
  };
};

/** What eth_signTypedData_v4 is given, but for the primary type, which ethers finds. */
export interface TypedData {
  readonly domain: ReturnType<typeof domainOf>;
  readonly types: Record<string, TypedDataField[]>;
  readonly message: Readonly<Record<string, unknown>>;
}

/**
 * Address that signed the typed data, EIP-55; undefined where the signature is none. It has one spelling: v is 27 or 28, and s is at most half
 * the group order (EIP-2). Libraries read further spellings of v, and look at the top bit of s alone.
 */
export const signerOf = ({ domain, types, message }: TypedData, signature: string): string | undefined => {
  try {
    if (!/(?:1b|1c)$/.test(signature) || !Signature.from(signature).isValid()) return undefined;
    return verifyTypedData(domain, types, message, signature);
  } catch {
    return undefined;
  }
};

/** Address that signed the request, EIP-55; undefined where the signature is no signature. */
export const requesterOf = (
  request: TransactionRequest,
  walletAddress: string,
  registerBucket: string,
): string | undefined => signerOf(typedRequest(request, walletAddress, registerBucket), request.requesterSignature);

/** The 32 bytes that the wallet key signs for a seal; previous and content are sha256 in hex. */
export const sealDigest = (
  chainId: string,
  registerBucket: string,
  seal: { seq: bigint; previous: string; content: string },
): Uint8Array =>
  getBytes(
    hashOf(chainId, registerBucket, {
      types: SEAL_TYPES,
      message: { seq: seal.seq, previous: `0x${seal.previous}`, content: `0x${seal.content}` },
    }),
  );

/** The 32 bytes that the wallet key signs for a checkpoint; lawHash, set and content are sha256 in hex. */
export const checkpointDigest = (
  chainId: string,
  registerBucket: string,
  checkpoint: { seq: bigint; lawHash: string; set: string; content: string },
): Uint8Array =>
  getBytes(
    hashOf(chainId, registerBucket, {
      types: CHECKPOINT_TYPES,
      message: {
        seq: checkpoint.seq,
        lawHash: `0x${checkpoint.lawHash}`,
        set: `0x${checkpoint.set}`,
        content: `0x${checkpoint.content}`,
      },
    }),
  );

/** What other tools show of the same request, each `0x…` (ERC-8213): domain hash, message hash, and keccak256 of length (32 bytes) and data. */
export interface RequestDigests {
  readonly domain: string;
  readonly message: string;
  readonly calldata: string;
}

export const requestDigests = (
  request: TransactionRequest,
  walletAddress: string,
  registerBucket: string,
): RequestDigests => {
  const { domain, types, message } = typedRequest(request, walletAddress, registerBucket);
  return {
    domain: TypedDataEncoder.hashDomain(domain),
    message: TypedDataEncoder.hashStruct('Request', types, message),
    calldata: keccak256(concat([toBeHex(dataLength(request.data), 32), request.data])),
  };
};
