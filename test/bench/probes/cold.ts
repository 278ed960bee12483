import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TODAY } from '../tree.ts';
import { emit, numberOf } from './emit.ts';
import { type Round, seriesOf } from './spent.ts';

/** Start of each function until it listens, beside an empty function under the same framework. `--only NAME` takes one of them. */
const FRAMEWORK = join(dirname(createRequire(import.meta.url).resolve('@google-cloud/functions-framework')), 'main.js');
const PRELOAD = join(import.meta.dirname, 'at-listening.mjs');
const NAMES = ['intake', 'collect', 'launch', 'finalize', 'reconcile'];
const told = z.object({ cpu: z.number(), rss: z.number() });

const empty = join(mkdtempSync(join(tmpdir(), 'keyturn-bench-')), 'empty');
mkdirSync(empty);
writeFileSync(join(empty, 'package.json'), '{"type":"module","main":"index.js"}');
writeFileSync(
  join(empty, 'index.js'),
  "import { http } from '@google-cloud/functions-framework';\nhttp('empty', (_, response) => response.status(204).end());\n",
);
symlinkSync(join(TODAY.root, 'node_modules'), join(empty, 'node_modules'));

const start = (name: string): Promise<z.infer<typeof told>> =>
  new Promise((resolve, reject) => {
    const folder = name === 'empty' ? empty : join(TODAY.root, 'dist', 'functions', name);
    const args = ['--import', PRELOAD, FRAMEWORK, `--source=${folder}`, `--target=${name}`, '--signature-type=http'];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, KEYTURN_CONFIG: '{}' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('message', (message) => {
      child.once('exit', () => resolve(told.parse(message)));
      child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== null) reject(new Error(`function ${name} ended with ${code}: ${errors.slice(-500)}`));
    });
  });

const only = process.argv.at(process.argv.indexOf('--only') + 1);
const names = ['empty', ...NAMES.filter((name) => !process.argv.includes('--only') || name === only)];
const found: Round[] = [];
for (let n = 0; n <= numberOf('rounds', 5); n++)
  for (const name of names) {
    const { cpu, rss } = await start(name);
    // The first one reads the disk for the others.
    if (n === 0) continue;
    found.push({ name, cpu, rss });
  }
emit(seriesOf(found));
