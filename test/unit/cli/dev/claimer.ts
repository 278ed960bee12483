import { existsSync } from 'node:fs';
import { isLiving, thisProcess } from '#cli/app/living.ts';
import { claim } from '#cli/dev/claim.ts';
import { isKeyturnError } from '#schemas/codes.ts';

/** A process that waits at a gate with others, claims, says how that went, and lives until its input ends. */
const [path = '', gate = '', token = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
while (!existsSync(gate));
try {
  claim(path, { ...thisProcess(), token, folder: '/somewhere' }, isLiving);
  process.stdout.write('won\n');
} catch (error) {
  process.stdout.write(isKeyturnError(error, 'LAB_RUNS') ? 'lost\n' : `${error}\n`);
}
process.stdin.resume();
