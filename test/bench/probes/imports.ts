import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TODAY } from '../tree.ts';
import { emit, numberOf } from './emit.ts';
import { interleaved } from './spent.ts';

/**
 * What a process of keyturn costs before it does anything, beside an empty one. The workload ends by itself, since its law is missing. `--cli`:
 * command lines instead.
 */
const at = (...path: readonly string[]): string => join(TODAY.root, ...path);
const image = ['main.mjs', 'main.js'].map((name) => at('dist', 'image', name)).find((path) => existsSync(path));
if (image === undefined) throw new Error('dist/image is not built');
const cli = at('cli', 'keyturn.js');
const which = process.argv.includes('--cli')
  ? { help: [cli, '--help'], 'status-help': [cli, 'status', '--help'] }
  : { workload: [image] };
emit(await interleaved({ empty: ['-e', '0'], ...which }, numberOf('rounds', 5)));
