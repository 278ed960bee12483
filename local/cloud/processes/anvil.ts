import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Clock, systemClock } from '#local/cloud/runtime/clock.ts';
import type { Disk } from '#local/cloud/runtime/whole-file.ts';
import { ChainState, noneWhole } from './chain-state.ts';
import { startChild } from './children.ts';
import { chainIdAt, type EthereumNode } from './ethereum-node.ts';

export interface AnvilOptions {
  /** Default 31337. */
  readonly chainId?: number;
  /** Seconds between blocks; without it each transaction is mined at once. */
  readonly blockTime?: number;
  /** 1: the finalized block is the head minus 2. Default 32, as the main chain has. */
  readonly slotsInAnEpoch?: number;
  /** Funded accounts of the test mnemonic. Default 1. */
  readonly accounts?: number;
  /** Of each account, in ether. Default 10000. */
  readonly balanceEther?: number;
  /**
   * Keeps the chain there. The node writes `state.json` every second and at the end. The last two whole copies lie beside it, and the
   * newest readable one is loaded at the start.
   */
  readonly stateFolder?: string;
  /** What a person should know of the kept state. */
  readonly onNotice?: (words: string) => void;
  readonly clock?: Clock;
  readonly disk?: Disk;
  /** 0, the default, lets the OS choose. */
  readonly port?: number;
  readonly onLine?: (line: string) => void;
}

export type Anvil = EthereumNode;

/** The phrase every development chain funds. Its keys are public: never a secret, never money. */
export const DEV_MNEMONIC = 'test test test test test test test test test test test junk';

/** Platforms as Node names them, and the package that holds anvil for each. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@foundry-rs/anvil-darwin-arm64',
  'darwin-x64': '@foundry-rs/anvil-darwin-amd64',
  'linux-arm64': '@foundry-rs/anvil-linux-arm64',
  'linux-x64': '@foundry-rs/anvil-linux-amd64',
  'win32-x64': '@foundry-rs/anvil-win32-amd64',
};

/** There is no node to start on this machine. The message says why, and on which platforms there would be one. */
export class AnvilMissing extends Error {
  constructor(platform: string) {
    const name = PACKAGES[platform];
    super(
      name === undefined
        ? `there is no package of anvil, the Ethereum node, for ${platform}: only for ${Object.keys(PACKAGES).join(', ')}`
        : `anvil, the Ethereum node, is missing: its package ${name} is not installed (was npm told to omit optional packages?)`,
    );
    this.name = 'AnvilMissing';
  }
}

const fromPackage = (platform: string): string | null => {
  const file = platform.startsWith('win32-') ? 'anvil.exe' : 'anvil';
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGES[platform] ?? ''}/bin/${file}`);
  } catch {
    return null;
  }
};

interface Host {
  /** As Node names it: `linux-x64`. */
  readonly platform: string;
  /** The list of folders that programs are looked for in. */
  readonly path: string;
  /** The file in the platform's package; null where that is not installed. */
  readonly packaged: string | null;
}

const thisHost = (): Host => {
  const platform = `${process.platform}-${process.arch}`;
  return { platform, path: process.env.PATH ?? '', packaged: fromPackage(platform) };
};

/** The anvil binary: the platform's package, else the one on PATH. Throws AnvilMissing. */
export const findAnvil = ({ platform, path, packaged }: Host = thisHost()): string => {
  if (packaged !== null) return packaged;
  const found = path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, platform.startsWith('win32-') ? 'anvil.exe' : 'anvil'))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new AnvilMissing(platform);
};

const argumentsOf = (options: AnvilOptions): readonly string[] => [
  ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
  // As Ethereum is since Osaka: without the second, it takes transactions of more gas than any chain does (EIP-7825).
  ...['--hardfork', 'osaka', '--enable-tx-gas-limit'],
  ...['--mnemonic', DEV_MNEMONIC, '--accounts', String(options.accounts ?? 1)],
  ...['--balance', String(options.balanceEther ?? 10_000), '--chain-id', String(options.chainId ?? 31_337)],
  ...(options.blockTime === undefined ? [] : ['--block-time', String(options.blockTime)]),
  ...(options.slotsInAnEpoch === undefined ? [] : ['--slots-in-an-epoch', String(options.slotsInAnEpoch)]),
  ...(options.stateFolder === undefined
    ? []
    : ['--state', resolve(options.stateFolder, 'state.json'), '--state-interval', '1']),
];

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The node ended before it answered. The message holds its last lines. */
export class AnvilEnded extends Error {
  readonly portTaken: boolean;
  readonly stateRefused: boolean;

  constructor(code: number, last: readonly string[]) {
    super(`anvil ended with code ${code}: ${last.join(' / ')}`);
    this.name = 'AnvilEnded';
    this.portTaken = last.some((line) => /address already in use/i.test(line));
    this.stateRefused = last.some((line) => /for '--state <PATH>'|failed to load init state/.test(line));
  }
}

const startOnce = async (options: AnvilOptions): Promise<Anvil> => {
  const listening = Promise.withResolvers<string>();
  let last: string[] = [];
  const child = startChild({
    command: findAnvil(),
    args: argumentsOf(options),
    cwd: tmpdir(),
    // Its only way to tell the port that the OS chose is what it prints; NO_COLOR keeps that line plain.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', NO_COLOR: '1', HOME: tmpdir() },
    onLine: (line) => {
      last = [...last.slice(-9), line];
      const address = /^Listening on (127\.0\.0\.1:[0-9]+)$/.exec(line)?.[1];
      if (address !== undefined) listening.resolve(`http://${address}`);
      options.onLine?.(line);
    },
    // It writes its state when asked to end, and is lost without warning when killed.
    ifParentDies: 'SIGTERM',
  });
  const died = child.exited.then((code) => {
    throw new AnvilEnded(code, last);
  });
  try {
    const url = await Promise.race([listening.promise, died]);
    const chainId = Number(await Promise.race([chainIdAt(url), died]));
    died.catch(() => {});
    return { url, chainId, pid: child.pid ?? 0, exited: child.exited, stop: () => child.stop(10_000) };
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/** ms between two copies of the node's state. */
const KEEP_MS = 10_000;

/** Keeps a copy of the node's state from time to time, and at the end. A disk that takes none is told of once, and asked again. */
const keeping = (anvil: Anvil, state: ChainState, options: AnvilOptions): Anvil => {
  const { clock = systemClock, onNotice = () => {} } = options;
  let told = false;
  const keep = (): boolean => {
    try {
      const kept = state.keep();
      if (kept) told = false;
      return kept;
    } catch (error) {
      if (!told) onNotice(`no state of the chain can be kept: ${messageOf(error)}`);
      told = true;
      return true;
    }
  };
  let cancel = (): void => {};
  const later = (): void => {
    cancel = clock.after(KEEP_MS, () => {
      keep();
      later();
    });
  };
  later();
  const exited = anvil.exited.finally(() => cancel());
  return {
    ...anvil,
    exited,
    stop: async () => {
      await anvil.stop();
      cancel();
      // In its first moments the node does not handle SIGTERM yet: it ends by it, and writes nothing.
      const wrote = (await anvil.exited) === 0;
      if (!keep() || !wrote)
        onNotice('the node did not write its last state whole: the next start goes on from the one before');
    },
  };
};

/** From the newest state that the node takes. */
const startFrom = async (state: ChainState, options: AnvilOptions): Promise<Anvil> => {
  if (state.isNew) return startOnce(options);
  let refused: unknown;
  for (const kept of state.kept()) {
    state.place(kept);
    try {
      const anvil = await startOnce(options);
      const since = new Date(kept.writtenAt).toISOString();
      if (kept.isOlder)
        options.onNotice?.(`the last state of the chain cannot be read: it goes on from that of ${since}`);
      return anvil;
    } catch (error) {
      if (!(error instanceof AnvilEnded && error.stateRefused)) throw error;
      refused = error;
    }
  }
  throw noneWhole(state, refused);
};

/**
 * Starts anvil; resolves when it answers. Throws AnvilMissing. Throws AnvilEnded, with its last lines, if it ends instead, as where a port
 * is in use. Throws TornFile where no kept state can be read.
 */
export const startAnvil = async (options: AnvilOptions = {}): Promise<Anvil> => {
  if (options.stateFolder === undefined) return startOnce(options);
  const state = new ChainState(options.stateFolder, options.disk);
  return keeping(await startFrom(state, options), state, options);
};
