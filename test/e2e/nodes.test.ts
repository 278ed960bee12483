import { expect, it } from 'vitest';
import { isHere } from '#test/support/nodes/makes.ts';
import { startTestLab } from './support/lab.ts';
import { alarms, payOnce } from './support/payments.ts';

// The others, and more of it, in test/e2e/long/nodes.test.ts.
it.skipIf(!(await isHere('ganache')))('on Ganache, a wallet that starts at nonce 0 pays once', async () => {
  const test = await startTestLab({ node: { kind: 'ganache' } });
  try {
    await payOnce(test, '0', 1, 140);
    expect(alarms(test)).toEqual([]);
  } finally {
    await test.close();
  }
});
