import { getAddress } from 'ethers';
import { z } from 'zod';
import { revertReason } from '#core/transaction/revert.ts';
import type { TipHints } from '#core/transaction/suggest-fees.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { quantity, quantityText } from './quantity.ts';
import { firstOf } from './rpc-quorum.ts';

/** A call as eth_estimateGas takes it; wei, and null for a contract creation. */
export interface EstimatedCall {
  readonly from: string;
  readonly to: string | null;
  readonly value: bigint;
  readonly data: string;
}

export type Estimate =
  | { readonly kind: 'gas'; readonly gas: bigint }
  /** The node ran it, and it fails. */
  | { readonly kind: 'reverts'; readonly reason: string }
  /** No node could say. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** `new`: nothing was ever sent to or from it, and it has no code. */
export type Destination = 'contract' | 'account' | 'new' | 'unknown';

/** EIP-1967: where a contract keeps whose code it runs. `implementation` of a beacon: as it answers, undefined where it does not. */
export type ProxyHint =
  | { readonly kind: 'none' | 'unknown' }
  | { readonly kind: 'implementation'; readonly implementation: string }
  | { readonly kind: 'beacon'; readonly beacon: string; readonly implementation: string | undefined };

/** What a node knows of forks (EIP-7910). It names none. */
export interface ForkHint {
  /** ms: since when the newest one counts. */
  readonly since: number;
  /** `blobsOnly`: nothing that it tells of changes but the blobs. `at`: ms. */
  readonly next: { readonly at: number; readonly blobsOnly: boolean } | undefined;
}

/** What the first node that answers says, for a person to read: nothing is decided by it. Throws CONFIG only. */
export interface ChainHints {
  tips(): Promise<TipHints>;
  estimate(call: EstimatedCall): Promise<Estimate>;
  destination(address: string): Promise<Destination>;
  /** Of a contract. */
  proxy(address: string): Promise<ProxyHint>;
  /** Undefined where no node has eth_config. */
  forks(): Promise<ForkHint | undefined>;
}

const LAST_BLOCKS = '0xa';
const MIDDLE = 50;
const history = z.object({ reward: z.array(z.array(quantity).min(1)).nullish() });
const code = z.string().regex(/^0x([0-9a-fA-F]{2})*$/);

/** https://eips.ethereum.org/EIPS/eip-1967: keccak256 of `eip1967.proxy.implementation` and of `eip1967.proxy.beacon`, less one. */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
const BEACON_SLOT = '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50';
/** implementation() of a beacon. */
const ASK_BEACON = '0x5c60da1b';
/** Some nodes leave zeros out. */
const word = z.string().regex(/^0x[0-9a-fA-F]{0,64}$/);

/** The address in the last 20 bytes of a word, EIP-55; undefined where it is zero. */
const addressIn = (text: string): string | undefined => {
  const digits = text.slice(2).padStart(64, '0').slice(24).toLowerCase();
  return /^0*$/.test(digits) ? undefined : getAddress(`0x${digits}`);
};

const names = z.record(z.string(), z.string());
const fork = z.object({ activationTime: z.number().int().min(0), precompiles: names, systemContracts: names });
/** https://eips.ethereum.org/EIPS/eip-7910 */
const config = z.object({ current: fork, next: fork.nullish() });

const sameNames = (a: z.infer<typeof names>, b: z.infer<typeof names>): boolean => {
  const spelt = (each: z.infer<typeof names>) => JSON.stringify(Object.entries(each).sort());
  return spelt(a) === spelt(b);
};

const forkHint = ({ current, next }: z.infer<typeof config>): ForkHint => ({
  since: current.activationTime * 1000,
  next:
    next == null
      ? undefined
      : {
          at: next.activationTime * 1000,
          blobsOnly:
            sameNames(current.precompiles, next.precompiles) &&
            sameNames(current.systemContracts, next.systemContracts),
        },
});

/** https://ethereum.github.io/execution-apis/#eth_estimateGas */
const callObject = ({ from, to, value, data }: EstimatedCall) => ({
  from,
  ...(to === null ? {} : { to }),
  value: quantityText(value),
  input: data,
});

const orElse = async <T>(asked: Promise<T>, instead: T): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (!isKeyturnError(error) || error.code === 'CONFIG') throw error;
    return instead;
  }
};

/** Why a call fails, in words; best effort. */
const revertWords = async (nodes: readonly RpcNode[], call: EstimatedCall): Promise<string> => {
  const ask = firstOf(nodes, async (node) => node.revertOf?.([callObject(call), 'latest']));
  return revertReason(await orElse(ask, undefined));
};

/** Where no url can be had: whoever asks may not read them, or they cannot be reached. */
export const noHints = ({ code: why, message }: KeyturnError): ChainHints => ({
  tips: async () => ({ suggested: undefined, paid: [] }),
  estimate: async () => ({ kind: 'unknown', reason: `${why}: ${message}` }),
  destination: async () => 'unknown',
  proxy: async () => ({ kind: 'unknown' }),
  forks: async () => undefined,
});

export const chainHints = (nodes: readonly RpcNode[]): ChainHints => ({
  tips: async () => {
    const [suggested, { reward }] = await Promise.all([
      orElse<bigint | undefined>(
        firstOf(nodes, (node) => node.ask('eth_maxPriorityFeePerGas', [], quantity)),
        undefined,
      ),
      orElse<z.infer<typeof history>>(
        firstOf(nodes, (node) => node.ask('eth_feeHistory', [LAST_BLOCKS, 'latest', [MIDDLE]], history)),
        {},
      ),
    ]);
    return { suggested, paid: reward?.flatMap(([tip]) => tip ?? []) ?? [] };
  },
  estimate: async (call) => {
    try {
      const gas = await firstOf(nodes, (node) => node.ask('eth_estimateGas', [callObject(call)], quantity));
      return { kind: 'gas', gas };
    } catch (error) {
      if (!isKeyturnError(error) || error.code === 'CONFIG') throw error;
      if (error.code === 'RPC_REFUSED' && error.field === 'revert')
        return { kind: 'reverts', reason: await revertWords(nodes, call) };
      return { kind: 'unknown', reason: `${error.code}: ${error.message}` };
    }
  },
  destination: (address) =>
    orElse<Destination>(
      firstOf(nodes, async (node) => {
        if ((await node.ask('eth_getCode', [address, 'latest'], code)) !== '0x') return 'contract';
        const balance = await node.ask('eth_getBalance', [address, 'latest'], quantity);
        const count = await node.ask('eth_getTransactionCount', [address, 'latest'], quantity);
        return balance === 0n && count === 0n ? 'new' : 'account';
      }),
      'unknown',
    ),
  proxy: (address) =>
    orElse<ProxyHint>(
      firstOf(nodes, async (node) => {
        const slot = async (at: string) => addressIn(await node.ask('eth_getStorageAt', [address, at, 'latest'], word));
        const implementation = await slot(IMPLEMENTATION_SLOT);
        if (implementation !== undefined) return { kind: 'implementation', implementation };
        const beacon = await slot(BEACON_SLOT);
        if (beacon === undefined) return { kind: 'none' };
        const named = node.ask('eth_call', [{ to: beacon, input: ASK_BEACON }, 'latest'], word);
        return { kind: 'beacon', beacon, implementation: addressIn(await orElse(named, '0x')) };
      }),
      { kind: 'unknown' },
    ),
  forks: async () => {
    const told = await orElse<z.infer<typeof config> | undefined>(
      firstOf(nodes, (node) => node.ask('eth_config', [], config)),
      undefined,
    );
    return told === undefined ? undefined : forkHint(told);
  },
});
