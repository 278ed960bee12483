import { both, figureOf, type Part } from '../bench.ts';
import { overEmpty } from './workload.ts';

/** What a person waits for. `cli.start` is `npm start` with everything built. */
export const cli: Part = async (bench) => {
  const help = await both(bench, 'imports', '--cli');
  const status = await both(bench, 'status');
  const start = await both(bench, 'start');
  return [
    overEmpty('cli.help', help, 'help'),
    overEmpty('cli.status', status, 'status'),
    figureOf('cli.start', 's', start, 'seconds'),
  ];
};
