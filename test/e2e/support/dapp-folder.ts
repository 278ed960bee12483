import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildClient, CLIENT_PACKAGE } from '../../../build/client.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const run = promisify(execFile);

/** What a dApp has installed beside the client. */
const NEIGHBOURS = ['@google-cloud/pubsub', 'ethers', 'viem', 'jose', '@types/node'] as const;

export interface DAppFolder {
  readonly path: string;
  /** Runs one of `examples/` there, to its end. */
  run(
    example: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly lines: readonly Record<string, unknown>[]; readonly text: string }>;
  /** Starts one that goes on. */
  start(example: string, env: Readonly<Record<string, string>>): ChildProcess;
  /** What the compiler says of all examples. */
  compile(): Promise<string>;
  remove(): void;
}

/** The folder of a dApp, with the built client as npm would install it: nothing of keyturn's sources is near. */
export const dAppFolder = async (config: unknown): Promise<DAppFolder> => {
  const path = mkdtempSync(join(tmpdir(), 'keyturn-dapp-'));
  await buildClient(ROOT, path);
  const modules = join(path, 'node_modules');
  mkdirSync(modules);
  cpSync(join(path, 'client'), join(modules, CLIENT_PACKAGE), { recursive: true });
  for (const name of NEIGHBOURS) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(`${ROOT}node_modules/${name}`, join(modules, name));
  }
  cpSync(`${ROOT}examples`, path, { recursive: true });
  cpSync(`${ROOT}docs/verify`, join(path, 'docs/verify'), { recursive: true });
  writeFileSync(join(path, 'package.json'), '{"type":"module"}');
  writeFileSync(join(path, 'keyturn.json'), JSON.stringify(config));
  const environment = (env: Readonly<Record<string, string>>) => ({ PATH: process.env.PATH ?? '', HOME: path, ...env });
  return {
    path,
    run: async (example, args, env) => {
      const { status, text } = await run(process.execPath, [example, ...args], {
        cwd: path,
        env: environment(env),
      }).then(
        ({ stdout }) => ({ status: 0, text: stdout }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          status: error.code,
          text: error.stdout + error.stderr,
        }),
      );
      const lines = text.split('\n').filter((line) => line.startsWith('{'));
      return { status, text, lines: lines.map((line) => JSON.parse(line)) };
    },
    start: (example, env) =>
      spawn(process.execPath, [example], { cwd: path, env: environment(env), stdio: ['ignore', 'pipe', 'inherit'] }),
    compile: () => {
      const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
      const files = ['pay-with-ethers.ts', 'pay-with-viem.ts', 'receive-pushes.ts'];
      return run(
        process.execPath,
        [`${ROOT}node_modules/typescript/bin/tsc`, ...options, '--lib', 'es2024', '--types', 'node', ...files],
        { cwd: path },
      ).then(
        () => '',
        (error: { stdout: string }) => error.stdout,
      );
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};
