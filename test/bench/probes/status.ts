import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TODAY } from '../tree.ts';
import { emit, numberOf } from './emit.ts';
import { openLab, publish } from './lab.ts';
import { interleaved } from './spent.ts';

/** `keyturn status ID` against a running lab, beside an empty process. */
const lab = await openLab();
try {
  const config = join(lab.folder, 'dev.json');
  writeFileSync(config, JSON.stringify(lab.description));
  let accepted = '';
  lab.watch(({ method, detail, phase }) => {
    if (method === 'storage.objects.insert' && phase === 'after') accepted += detail;
  });
  const id = publish(lab);
  await lab.until('accepted', () => accepted.includes(`${id}/request.json`));
  const status = [join(TODAY.root, 'cli', 'keyturn.js'), 'status', id, '--config', config];
  emit(await interleaved({ empty: ['-e', '0'], status }, numberOf('rounds', 5)));
} finally {
  await lab.close();
}
