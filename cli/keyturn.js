#!/usr/bin/env node
// Plain JavaScript, because any Node may run it: one that cannot run TypeScript hands over to the one that npm installed here.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
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

if (process.features.typescript) {
  const launcher = process.env[LAUNCHED];
  delete process.env[LAUNCHED];
  void endWithLauncher(launcher === undefined ? undefined : Number(launcher));
  const { start } = await import('./app/main.ts');
  await start();
} else handOver();
