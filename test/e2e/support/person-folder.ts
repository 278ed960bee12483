import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeEnvironments } from '#cli/dev/environment.ts';
import { logFiles } from '#cli/dev/kept-logs.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { buildClient, CLIENT_PACKAGE } from '../../../build/client.ts';
import type { Page } from '../../support/pages/read.ts';
import type { TestLab } from './lab.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

export interface PersonFolder {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Puts what functions and machines have logged so far where `keyturn dev` keeps it. */
  writeLogs(): void;
  /** Takes the shares of wallets that were made here as secrets. */
  guardShares(): void;
  remove(): void;
}

/** A folder with nothing in it but what this one person has: the law, and of dev.json the own token and share alone. */
export const personFolder = (test: TestLab, person: string): PersonFolder => {
  const { description } = test.lab;
  const path = mkdtempSync(join(tmpdir(), `keyturn-${person}-`));
  const devFile = join(path, '.keyturn', 'dev.json');
  mkdirSync(dirname(devFile));
  const own = {
    ...description,
    coSigners: description.coSigners.filter(({ name }) => name === person),
    tokens: Object.fromEntries(Object.entries(description.tokens).filter(([name]) => name === person)),
  };
  if (own.coSigners.length + Object.keys(own.tokens).length !== 1) throw new Error(`the lab knows no ${person}`);
  writeFileSync(devFile, JSON.stringify(own), { mode: 0o600 });
  writeEnvironments(devFile, { ...own, tokens: own.tokens as typeof description.tokens });
  cpSync(description.config, join(path, 'keyturn.json'));
  return {
    path,
    // What a stranger's shell has, and nothing of this test's own.
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
      HOME: path,
      NO_COLOR: '1',
      KEYTURN: ROOT,
      CLOUDSDK_CONFIG: join(path, '.keyturn', 'gcloud'),
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    },
    writeLogs: () => {
      const at = new Date().toISOString();
      const lines = test.lines.map(({ source, text }) => JSON.stringify({ who: source, at, line: text }));
      writeFileSync(logFiles(devFile).current, `${lines.join('\n')}\n`);
    },
    guardShares: () => {
      const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.share'));
      for (const name of files)
        test.leaks.guard({
          name: `the share in ${name}`,
          bytes: parseShareText(readFileSync(join(path, name))).scalar,
        });
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};

/** Packages of this checkout, as npm would have installed them in a folder. */
const install = (folder: string, names: readonly string[]): void => {
  for (const name of names) {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), at);
  }
};

/** What a page asks its reader to install: ethers, and where its files import the client, the built client with its neighbours. */
export const installFor = async (folder: string, { blocks }: Page): Promise<void> => {
  install(folder, ['ethers']);
  if (!blocks.some(({ text }) => text.includes(`from '${CLIENT_PACKAGE}`))) return;
  install(folder, ['@google-cloud/pubsub', 'viem', '@types/node']);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await buildClient(`${ROOT}/`, join(folder, 'node_modules'));
  renameSync(join(folder, 'node_modules', 'client'), join(folder, 'node_modules', CLIENT_PACKAGE));
};

/** What the compiler says of the TypeScript files of a page; '' where it has none to blame. */
export const compiled = (folder: string, { blocks }: Page): string => {
  const names = blocks.flatMap(({ language, name }) => (language === 'ts' && name !== '' ? [name] : []));
  if (names.length === 0) return '';
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [compiler, ...options, '--lib', 'es2024', '--types', 'node', ...names], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout;
};
