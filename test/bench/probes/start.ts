import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TODAY } from '../tree.ts';
import { emit } from './emit.ts';

/** `npm start` where everything is built: s until it has ended well. Without npm, which is not ours. */
const began = performance.now();
const child = spawn(process.execPath, [join(TODAY.root, 'cli', 'keyturn.js'), 'demo'], {
  cwd: TODAY.root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
child.once('exit', (code) => {
  if (code !== 0) throw new Error(`keyturn demo ended with ${code}`);
  emit({ seconds: [(performance.now() - began) / 1_000] });
});
