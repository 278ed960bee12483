import { expect, test } from 'vitest';
import { fieldText, lineOf } from '#cli/operate/log-lines.ts';

const ID = 'a'.repeat(64);
const TRACE = 'logging.googleapis.com/trace';

test('people read what was said, and neither the id nor the trace again', () => {
  const said = {
    severity: 'INFO',
    message: 'turn.sealed',
    id: ID,
    workload: 'keyturn',
    [TRACE]: 'projects/p/traces/1',
    nonce: 3,
    have: 'alice',
  };
  const line = lineOf({ who: 'turn-treasury-1', time: '' }, JSON.stringify(said));
  expect(fieldText(line, ID)).toBe('nonce=3 have=alice');
  expect(line.fields).toMatchObject({ [TRACE]: 'projects/p/traces/1', workload: 'keyturn' });
});
