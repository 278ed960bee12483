import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.ts';
import { chainIdAt, type EthereumNode } from './ethereum-node.ts';

/** Nodes that are packages of npm, heavy and optional here. */
export type PackageKind = 'ganache' | 'hardhat';

export interface PackageNodeOptions {
  /** Default 31337. */
  readonly chainId?: number;
  /** Seconds between blocks; without it each transaction is mined at once. */
  readonly blockTime?: number;
  /** Accounts that have money, by private key. */
  readonly accounts?: readonly { readonly key: string; readonly balanceWei: bigint }[];
  /** 0, the default, lets the OS choose. */
  readonly port?: number;
  /** Hardhat only: its rules; by default the newest that it takes for final. */
  readonly hardfork?: string;
  readonly onLine?: (line: string) => void;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Made {
  readonly name: string;
  readonly version: string;
  /** By which the package is found. */
  readonly entry: string;
  readonly type: 'commonjs' | 'module';
  readonly source: (options: PackageNodeOptions) => string;
  /** What npm does not say by itself. */
  readonly note: string;
}

const MADE: Readonly<Record<PackageKind, Made>> = {
  ganache: {
    name: 'Ganache',
    version: '7.9.2',
    entry: 'ganache/package.json',
    type: 'commonjs',
    note: '',
    source: ({ chainId = 31_337, blockTime = 0, accounts = [], port = 0 }) => {
      const options = {
        chain: { chainId, networkId: chainId },
        logging: { quiet: true },
        miner: { blockTime },
        wallet: {
          accounts: accounts.map(({ key, balanceWei }) => ({
            secretKey: key,
            balance: `0x${balanceWei.toString(16)}`,
          })),
        },
      };
      return `const server = require('ganache').server(${JSON.stringify(options)});
        server.listen(${port}, '127.0.0.1').then(() => console.log('port ' + server.address().port), (error) => {
          console.error(error.message);
          process.exit(1);
        });`;
    },
  },
  hardhat: {
    name: 'Hardhat',
    version: '3.18.0',
    entry: 'hardhat/package.json',
    type: 'module',
    note: ', under Node 22 or newer: npm leaves it out in silence under an older one',
    source: ({ chainId = 31_337, blockTime = 0, accounts = [], port = 0, hardfork }) => {
      const node = {
        type: 'edr-simulated',
        chainType: 'l1',
        chainId,
        ...(hardfork === undefined ? {} : { hardfork }),
        accounts: accounts.map(({ key, balanceWei }) => ({ privateKey: key, balance: balanceWei.toString() })),
        mining: { auto: blockTime === 0, ...(blockTime === 0 ? {} : { interval: Math.round(blockTime * 1000) }) },
        // Else it refuses to mine more than one block each second.
        allowBlocksWithSameTimestamp: blockTime > 0 && blockTime < 1,
      };
      return `import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
        const hre = await createHardhatRuntimeEnvironment({ networks: { node: ${JSON.stringify(node)} } });
        const server = await hre.network.createServer('node', '127.0.0.1', ${port});
        console.log('port ' + (await server.listen()).port);`;
    },
  },
};

/** The package of the node is not installed. The message says how it is. */
export class PackageMissing extends Error {
  constructor(kind: PackageKind) {
    const { name, version, note } = MADE[kind];
    super(`${name} is not installed: run "npm install --no-save ${kind}@${version}"${note}`);
    this.name = 'PackageMissing';
  }
}

/** The node ended before it answered. The message holds its last lines. */
export class PackageNodeEnded extends Error {
  readonly portTaken: boolean;

  constructor(kind: PackageKind, code: number, last: readonly string[]) {
    super(`${MADE[kind].name} ended with code ${code}: ${last.join(' / ')}`);
    this.name = 'PackageNodeEnded';
    this.portTaken = last.some((line) => /EADDRINUSE|already in use/i.test(line));
  }
}

const resolves = (entry: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(entry);
    return true;
  } catch {
    return false;
  }
};

export const isInstalled = (kind: PackageKind): boolean => resolves(MADE[kind].entry);

/** Starts the node; resolves when it answers. Throws PackageMissing, PackageNodeEnded. */
export const startPackageNode = async (kind: PackageKind, options: PackageNodeOptions = {}): Promise<EthereumNode> => {
  if (!isInstalled(kind)) throw new PackageMissing(kind);
  const { type, source } = MADE[kind];
  const listening = Promise.withResolvers<string>();
  let last: string[] = [];
  const child = startChild({
    command: process.execPath,
    args: [`--input-type=${type}`, '-e', source(options)],
    // Packages are found from here.
    cwd: ROOT,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', NO_COLOR: '1', HOME: process.env.HOME ?? '/tmp' },
    onLine: (line) => {
      last = [...last.slice(-9), line];
      const port = /^port (\d+)$/.exec(line)?.[1];
      if (port !== undefined) listening.resolve(`http://127.0.0.1:${port}`);
      options.onLine?.(line);
    },
  });
  const died = child.exited.then((code): never => {
    throw new PackageNodeEnded(kind, code, last);
  });
  died.catch(() => {});
  try {
    const url = await Promise.race([listening.promise, died]);
    const chainId = Number(await Promise.race([chainIdAt(url), died]));
    return { url, chainId, pid: child.pid ?? 0, exited: child.exited, stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
};
