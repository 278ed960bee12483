#!/usr/bin/env node
// Plain JavaScript, because any Node may run it: one that cannot run TypeScript hands over to the one that npm installed here.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BUNDLE, currentBundle } from '../build/bundle.js';
import { endWithLauncher } from './launchers.js';

/** Holds the pid of the Node that handed over. */
const LAUNCHED = 'KEYTURN_LAUNCHED';

const handOver = () => {
  const node = ['../node_modules/node/bin/node', '../node_modules/node/bin/node.exe', '../node_modules/.bin/node']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (node === undefined || process.env[LAUNCHED] !== undefined) {
    console.error(
      `keyturn: needs Node 24; this is ${process.version}. Run "npm ci" in its folder, which installs one.`,
    );
    process.exit(1);
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, [LAUNCHED]: String(process.pid) } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  void endWithLauncher(undefined);
  child.on('error', (error) => {
    console.error(`keyturn: ${node} does not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
};

/** The bundle where it is what the sources say, else the sources. Its cache lies beside it: in a shared folder others could write one. */
const programUrl = () => {
  const bundle = currentBundle(fileURLToPath(new URL('..', import.meta.url)));
  if (bundle === undefined) return new URL('app/main.ts', import.meta.url).href;
  module.enableCompileCache(join(bundle, BUNDLE.cache));
  return pathToFileURL(join(bundle, BUNDLE.entry)).href;
};

if (process.features.typescript) {
  const launcher = process.env[LAUNCHED];
  delete process.env[LAUNCHED];
  void endWithLauncher(launcher === undefined ? undefined : Number(launcher));
  const { start } = await import(programUrl());
  await start();
} else handOver();
