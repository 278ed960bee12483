import { AnvilEnded, AnvilMissing, type AnvilOptions, startAnvil } from '#local/cloud/processes/anvil.ts';
import { chainIdAt, type EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import {
  PackageMissing,
  PackageNodeEnded,
  type PackageNodeOptions,
  startPackageNode,
} from '#local/cloud/processes/package-node.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** A node that the lab starts, and ends with itself. */
export const NODE_KINDS = ['anvil', 'ganache', 'hardhat'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** `url`: somebody else's node, which is asked and never ended. */
export type NodeChoice = { readonly kind: NodeKind } | { readonly kind: 'url'; readonly url: string };

/** The Ethereum node of a lab. */
export interface LabNode {
  readonly kind: NodeChoice['kind'];
  readonly url: string;
  /** Decimal. */
  readonly chainId: string;
  stop(): Promise<void>;
}

const missing = (error: AnvilMissing | PackageMissing): KeyturnError =>
  new KeyturnError('NODE_MISSING', error.message, { field: 'node', cause: error });

const known = (error: unknown, { port }: { readonly port?: number }): KeyturnError | undefined => {
  if (error instanceof AnvilMissing || error instanceof PackageMissing) return missing(error);
  if ((error instanceof AnvilEnded || error instanceof PackageNodeEnded) && error.portTaken)
    return new KeyturnError('PORT_UNUSABLE', `port ${port ?? 0}, for the Ethereum node, is in use`, {
      field: 'port-base',
      cause: error,
    });
  return undefined;
};

/** ms. A person waits. */
const ANSWER_MS = 10_000;

/** Without the url: it may carry a key. */
const elsewhere = async (url: string): Promise<LabNode> => {
  try {
    const chainId = await chainIdAt(url, AbortSignal.timeout(ANSWER_MS));
    return { kind: 'url', url, chainId: String(chainId), stop: async () => {} };
  } catch (cause) {
    throw new KeyturnError('CHAIN_UNREACHABLE', 'no Ethereum node answers eth_chainId at the url of --node', {
      field: 'node',
      cause,
    });
  }
};

interface Starters {
  readonly anvil: (options: AnvilOptions) => Promise<EthereumNode>;
  readonly packaged: (kind: 'ganache' | 'hardhat', options: PackageNodeOptions) => Promise<EthereumNode>;
}

/**
 * The lab's Ethereum node. Throws NODE_MISSING where this machine has none to start. Throws PORT_UNUSABLE where its port is in use. Throws
 * CHAIN_UNREACHABLE where no node answers at a given url. A torn state stays a TornFile. Only anvil keeps its state.
 */
export const startNode = async (
  choice: NodeChoice,
  options: AnvilOptions,
  start: Starters = { anvil: startAnvil, packaged: startPackageNode },
): Promise<LabNode> => {
  if (choice.kind === 'url') return elsewhere(choice.url);
  const { kind } = choice;
  try {
    const { chainId, blockTime, port, onLine } = options;
    const node =
      kind === 'anvil'
        ? await start.anvil(options)
        : await start.packaged(kind, {
            ...(chainId === undefined ? {} : { chainId }),
            ...(blockTime === undefined ? {} : { blockTime }),
            ...(port === undefined ? {} : { port }),
            ...(onLine === undefined ? {} : { onLine }),
          });
    return { kind, url: node.url, chainId: String(node.chainId), stop: () => node.stop() };
  } catch (error) {
    throw known(error, options) ?? error;
  }
};
