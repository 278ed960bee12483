import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { environmentLines } from '#cli/dev/environment.ts';
import { keyturnHere } from '../support/in-process.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { draft, ETHER, payee } from '../support/requests.ts';
import { balanceOf } from '../support/rpc.ts';

/** A dApp and co-signers who trust nothing of this repository but a few printed lines: gcloud does all of it. */
const installed = spawnSync('gcloud', ['--version']).status === 0;
if (!installed) console.warn('SKIPPED: the whole way by gcloud (gcloud is not installed)');

const run = promisify(execFile);

describe.skipIf(!installed)('by gcloud alone', () => {
  let test: TestLab;
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-by-hand-'));
  /** As `keyturn dev` prints it, in a shell of its own. */
  const sh = async (commands: readonly string[], tokenFile?: string): Promise<string> => {
    const { description } = test.lab;
    const lines = [...environmentLines(description, tokenFile ?? description.tokens.dev), ...commands];
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      CLOUDSDK_CONFIG: join(folder, 'config'),
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    };
    const { stdout } = await run('sh', ['-e', '-c', lines.join('\n')], { env, cwd: folder });
    return stdout;
  };

  beforeAll(async () => {
    test = await startTestLab();
    mkdirSync(join(folder, '.keyturn'));
    writeFileSync(join(folder, '.keyturn', 'dev.json'), JSON.stringify(test.lab.description));
  }, 90_000);
  afterAll(async () => {
    await test.close();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('publish, kms encrypt and storage cp bring a request to its receipt', async () => {
    const request = draft({ reference: 'by-hand', to: payee(60), value: `${ETHER}` });
    const { coSigners, tokens, topics } = test.lab.description;
    const message = join(folder, 'request.json');
    writeFileSync(message, JSON.stringify(request));
    await sh([`gcloud pubsub topics publish ${topics.transactionRequests} --message="$(cat ${message})"`], tokens.dapp);
    const id = `${(await test.event('keyturn.request.accepted', { reference: 'by-hand' })).body.id}`;
    for (const { name, tokenFile, shareFile } of coSigners) {
      const printed = await keyturnHere(folder, 'approve', id, '--as', name, '--share', shareFile, '--manual');
      const commands = z.array(z.string()).parse(printed.json.commands);
      expect(commands[0]).toBe(`printf %s keyturn/v1/${id}/${name} > aad`);
      await sh(commands, tokenFile);
      await test.event('keyturn.request.share-seen', { id, coSigner: name });
    }
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    const { receipt } = await test.outcome(id);
    const read = await sh([`gcloud storage cat gs://lab-results/${receipt}`], tokens.finance);
    expect(JSON.parse(read)).toMatchObject({
      id,
      status: 'finalized',
      valueWei: `${ETHER}`,
      approvedBy: ['alice', 'bob'],
    });
    expect(await balanceOf(test.lab.chain.url, payee(60))).toBe(ETHER);
  });

  it('a second upload of the same share, and one at somebody else’s place, are refused', async () => {
    const id = await test.ask({ reference: 'by-hand-2' });
    const [alice, bob] = test.lab.description.coSigners;
    writeFileSync(join(folder, 'share.kms'), 'x');
    const cp = (at: string | undefined) => `gcloud storage cp --if-generation-match=0 share.kms ${at}shares/${id}`;
    await sh([cp(alice?.shareLocation)], alice?.tokenFile);
    await expect(sh([cp(alice?.shareLocation)], alice?.tokenFile)).rejects.toThrow(/pre-conditions/);
    await expect(sh([cp(bob?.shareLocation)], alice?.tokenFile)).rejects.toThrow(/storage\.objects/);
  });

  it('a request that is not of the schema is refused at the topic, by name', async () => {
    const { topics, tokens } = test.lab.description;
    await expect(
      sh([`gcloud pubsub topics publish ${topics.transactionRequests} --message='{}'`], tokens.dapp),
    ).rejects.toThrow(/INVALID_ARGUMENT/);
    await expect(sh([`gcloud pubsub topics publish ${topics.receipts} --message='{}'`], tokens.dapp)).rejects.toThrow(
      /PERMISSION_DENIED/,
    );
  });
});
