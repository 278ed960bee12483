import { describe, expect, test } from 'vitest';
import { deploymentOf } from '#cli/app/deployment.ts';
import { readLog } from '#cli/audit/export.ts';
import { auditLog, isClean } from '#cli/audit/wallet.ts';
import { checkUsage, run } from '#cli/commands/audit.ts';
import { sealObject } from '#schemas/names.ts';
import { stageOf } from '#test/support/cli/people.ts';
import { bytesOf, closeJson } from '#test/support/entries.ts';
import { oldSeal } from '#test/support/seals.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const ignored = new AbortController().signal;
const audited = async (s: Pipeline) => {
  const log = { chainId: '31337', address: s.wallet.address, registerBucket: s.buckets.register };
  return auditLog(await readLog(s.storage, log, ignored), 0n, undefined);
};

describe('threat 81: what is wrong in a register is named', () => {
  test('a hole in the nonces', async () => {
    const s = stage();
    oldSeal(s, 0, 0);
    oldSeal(s, 1, 3);
    expect((await audited(s)).missing).toContain('not sealed: nonces 1 to 2');
  });

  test('a seal whose predecessor is another than it names', async () => {
    const s = stage();
    oldSeal(s, 0, 0);
    oldSeal(s, 1, 1);
    const name = sealObject('31337', s.wallet.address, 1n);
    expect((await audited(s)).missing).toEqual([`${name} does not name the entry before it`]);
  });

  test('two requests at one nonce', async () => {
    const s = stage();
    const first = oldSeal(s, 0, 0);
    const second = oldSeal(s, 1, 0);
    expect((await audited(s)).conflicting).toEqual([`nonce 0 is sealed for ${first} and for ${second}`]);
  });

  test('a request that is sealed and closed', async () => {
    const s = stage();
    const id = oldSeal(s, 0, 0);
    s.storage.put(s.buckets.register, sealObject('31337', s.wallet.address, 1n), bytesOf(closeJson([id])));
    expect((await audited(s)).conflicting).toEqual([`request ${id} is sealed and closed`]);
  });

  test('junk, and seals without evidence', async () => {
    const s = stage();
    oldSeal(s, 0, 0);
    const name = sealObject('31337', s.wallet.address, 1n);
    s.storage.put(s.buckets.register, name, new TextEncoder().encode('junk'));
    const log = await audited(s);
    expect(log.junk).toEqual([expect.stringMatching(new RegExp(`^${name} generation \\d+ is no entry$`))]);
    expect(log.unevidenced).toHaveLength(1);
    expect(isClean(log)).toBe(false);
  });

  test('an empty register is clean', async () => {
    expect(isClean(await audited(stage()))).toBe(true);
  });

  test('the command names them and exits 1', async () => {
    const s = stage();
    oldSeal(s, 0, 1);
    const reader = stageOf({ me: 'operator', json: true });
    const ports = { ...reader.session.ports, storage: async () => s.storage };
    const session = { ...reader.session, deployment: deploymentOf('/lab/dev.json', s.config, undefined), ports };
    expect(await run(session, '/lab', undefined, { wallet: 'hot' })).toBe(1);
    expect(reader.json()).toMatchObject({ ok: false, logs: [{ missing: ['not sealed: nonce 0'] }, { seals: 0 }] });
    await expect(run(session, '/lab', undefined, { wallet: 'cold' })).rejects.toMatchObject({
      code: 'USAGE',
      field: 'wallet',
    });
  });
});

test.each([
  [undefined, {}, 'give an id'],
  ['ab', { bundle: 'x' }, 'an id goes alone'],
  [undefined, { bundle: 'x', wallet: 'y' }, 'give one of'],
  ['ab', { image: 'sha256:1' }, '--image'],
] as const)('a mistake in usage is named: %s %j', (id, options, words) => {
  expect(() => checkUsage(id, options)).toThrow(words);
});
