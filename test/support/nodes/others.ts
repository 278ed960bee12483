import { startChild } from '#local/cloud/processes/children.ts';
import { optional } from '../optional.ts';

/** A node of another make, on a port that the system chose. */
export interface OtherNode {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** 100 ether for the account with this key. */
export const KEY = `0x${'4f'.repeat(32)}`;

const start = async (name: string, type: 'commonjs' | 'module', source: string): Promise<OtherNode> => {
  const ready = Promise.withResolvers<string>();
  const child = startChild({
    command: process.execPath,
    args: [`--input-type=${type}`, '-e', source],
    cwd: new URL('../../../', import.meta.url).pathname,
    env: { PATH: '/usr/bin:/bin', HOME: process.env.HOME ?? '/tmp' },
    onLine: (line) => {
      const port = /^port (\d+)$/.exec(line)?.[1];
      if (port !== undefined) ready.resolve(port);
    },
  });
  const died = child.exited.then((code): never => {
    throw new Error(`${name} ended with code ${code}`);
  });
  died.catch(() => {});
  return { name, url: `http://127.0.0.1:${await Promise.race([ready.promise, died])}`, stop: () => child.stop() };
};

/** `blockTime` in seconds; 0: a block for each transaction. Undefined, said loudly, where Ganache is not installed. */
export const startGanache = async (blockTime: number): Promise<OtherNode | undefined> => {
  if ((await optional('ganache')) === undefined) return undefined;
  const accounts = [{ secretKey: KEY, balance: `0x${(10n ** 20n).toString(16)}` }];
  const options = { chain: { chainId: 31337 }, logging: { quiet: true }, miner: { blockTime }, wallet: { accounts } };
  return start(
    'Ganache',
    'commonjs',
    `const server = require('ganache').server(${JSON.stringify(options)});
     server.listen(0).then(() => console.log('port ' + server.address().port));`,
  );
};

/** As `startGanache`. */
export const startHardhat = async (blockTime: number): Promise<OtherNode | undefined> => {
  if ((await optional('hardhat/hre')) === undefined) return undefined;
  const accounts = [{ privateKey: KEY, balance: (10n ** 20n).toString() }];
  const mining = { auto: blockTime === 0, ...(blockTime === 0 ? {} : { interval: blockTime * 1000 }) };
  const node = { type: 'edr-simulated', chainType: 'l1', chainId: 31337, accounts, mining };
  return start(
    'Hardhat',
    'module',
    `import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
     const hre = await createHardhatRuntimeEnvironment({ networks: { node: ${JSON.stringify(node)} } });
     const server = await hre.network.createServer('node', '127.0.0.1', 0);
     console.log('port ' + (await server.listen()).port);`,
  );
};
