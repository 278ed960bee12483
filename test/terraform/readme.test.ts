import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DONE, USAGE } from '#cli/app/failure.ts';
import { draftOf } from '#cli/request/draft.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseConfigText } from '#schemas/config-text.ts';
import { parsed } from '#test/support/cli/parsed.ts';
import { stageOf } from '#test/support/cli/people.ts';
import { callsOf, linesOf } from './readme-lines.ts';
import { EXAMPLES } from './subject.ts';
import { ROOT } from './used-types.ts';

const read = (path: string): string => readFileSync(`${ROOT}terraform/${path}`, 'utf8');
const PAGES = { 'README.md': read('README.md'), 'RUNBOOK.md': read('RUNBOOK.md') };

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

describe.each(Object.entries(PAGES))('terraform/%s', (name, page) => {
  const lines = linesOf(page);

  it('has commands', () => {
    expect(lines.length).toBeGreaterThan(name === 'README.md' ? 12 : 8);
  });

  it.each(lines.map(({ args, whole }) => [args.join(' '), args, whole] as const))(
    'keyturn %s',
    async (_, args, whole) => {
      const { code, said, help } = await parsed(whole ? args : [...args, '--help']);
      expect({ code, said }).toEqual({ code: DONE, said: '' });
      // An unknown command with --help is answered with the help of all.
      if (!whole) expect(help).toContain(`Usage: ./keyturn ${args.join(' ')} `);
    },
  );
});

describe('the commands to run, in terraform/README.md', () => {
  const whole = linesOf(PAGES['README.md']).filter((line) => line.whole);
  const called = async (command: string) =>
    (await Promise.all(whole.map(({ args }) => parsed(args)))).filter((one) => one.command === command);

  it('ask for a transaction, also where the chain cannot be asked', async () => {
    const requests = await called('request');
    expect(requests.length).toBeGreaterThan(0);
    const { session } = stageOf({
      lab: undefined,
      me: undefined,
      estimate: { kind: 'unknown', reason: 'private' },
      tips: { suggested: undefined, paid: [] },
      ports: { chains: () => Promise.reject(new KeyturnError('UNAVAILABLE', 'private')) },
    });
    for (const { options } of requests)
      expect(await draftOf(session, options)).toMatchObject({ wallet: 'treasury', value: '100000000000000000' });
  });

  it('approve as somebody, with a share; from a pipe nobody can be asked', async () => {
    const approvals = await called('approve');
    expect(approvals.length).toBeGreaterThan(1);
    for (const { options } of approvals) {
      expect(options.as).toBe('alice');
      expect(text(options.share) ?? options.manual).toBeDefined();
      if (options.share === '-') expect(options.yes).toBe(true);
    }
  });

  it('name the deployment, each of them', async () => {
    for (const { args } of whole) expect(args, args.join(' ')).toContain('--config');
  });

  it('would be found if they were wrong', async () => {
    expect((await parsed(['deploy', '--config', 'x', '--terrafrom', 'y'])).code).toBe(USAGE);
    expect((await parsed(['wallet', 'create', '--config', 'x'])).code).toBe(USAGE);
    expect((await parsed(['deplyo', '--help'])).help).not.toContain('Usage: ./keyturn deplyo ');
  });
});

describe('names, by one command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-names-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const given = {
    NAME: 'pay-lab-1-4711',
    PROJECT: 'lab-1-project',
    NUMBER: '101010101010',
    OPERATOR: 'the-operator',
    OPERATOR_NUMBER: '202020202020',
    ALICE: 'project-a',
    ALICE_NUMBER: '303030303030',
    BOB: 'project-b',
    BOB_NUMBER: '404040404040',
    CAROL: 'project-c',
    CAROL_NUMBER: '505050505050',
    REGISTER_NUMBER: '606060606060',
  };
  const OLD = {
    lab: /(?<!pay-)lab-1(?!-project|-4711)|keyturn-lab|123456789012/,
    split: /pay-1|keyturn-|([1-5])\1{11}/,
  };

  it.each(EXAMPLES)('examples/%s', (example) => {
    const line = callsOf(PAGES['README.md'], 'sed').find((one) =>
      one.includes(example === 'lab' ? 'lab-1/' : 'pay-1/'),
    );
    const file = join(folder, `${example}.json`);
    copyFileSync(`${ROOT}terraform/examples/${example}/tests/keyturn.json`, file);
    execFileSync('/bin/sh', ['-c', line ?? 'false'], { env: { PATH: process.env.PATH, ...given, CONFIG: file } });
    const renamed = readFileSync(file, 'utf8');
    expect(renamed).not.toMatch(OLD[example]);
    const { law, operations } = parseConfigText(renamed);
    expect(law.name).toBe(given.NAME);
    expect(law.operator.projectId).toBe(example === 'lab' ? given.PROJECT : given.OPERATOR);
    expect(operations.subnetwork).toBe(given.NAME);
  });
});

it('through the tunnel, the lab’s chain is asked under the same law', () => {
  const line = callsOf(PAGES['README.md'], 'sed').find((one) => one.includes('localhost')) ?? 'false';
  const from = `${ROOT}terraform/examples/lab/tests/keyturn.json`;
  const looking = execFileSync('/bin/sh', ['-c', line.replace(/ > .*/, '')], {
    encoding: 'utf8',
    env: { ...process.env, CONFIG: from },
  });
  const [given, made] = [readFileSync(from, 'utf8'), looking].map((one) => parseConfigText(one));
  expect(made?.lawHash).toBe(given?.lawHash);
  expect(made?.operations).toEqual({
    ...given?.operations,
    rpc: [{ chainId: '31337', urls: ['http://localhost:8545'] }],
  });
});

describe.each(EXAMPLES)('examples/%s', (example) => {
  const declared = [...read(`examples/${example}/variables.tf`).matchAll(/^variable "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(
    ([, name = '', body = '']) => ({ name, required: !/^ {2}default /m.test(body) }),
  );
  const names = declared.map(({ name }) => name);
  const set = [...read(`examples/${example}/terraform.tfvars.example`).matchAll(/^(\w+)\s*=/gm)].map(
    ([, name]) => name,
  );

  it('has a terraform.tfvars.example that sets what must be set, and nothing unknown', () => {
    expect(names).toEqual(expect.arrayContaining(set));
    expect(set).toEqual(expect.arrayContaining(declared.filter(({ required }) => required).map(({ name }) => name)));
  });

  it('lets whoever holds the ceremony encrypt to the home keys', () => {
    expect(example === 'lab' ? read('examples/lab/main.tf') : set.join(' ')).toMatch(/ceremony_members/);
  });

  it('takes the files that README writes for the image', () => {
    const written = callsOf(PAGES['README.md'], 'printf').filter((line) => line.includes('.auto.tfvars.json'));
    const keys = written.map((line) =>
      Object.keys(JSON.parse(execFileSync('/bin/sh', ['-c', line.replace(/ > .*/, '')], { encoding: 'utf8' }))),
    );
    expect(keys).toEqual([['image_digests'], ['accepted_images']]);
    expect(names).toEqual(expect.arrayContaining(keys.flat()));
  });

  it('ships a wallet whose key is still to be made, and event keys whose public keys are not known yet', () => {
    const made = JSON.parse(read(`examples/${example}/tests/keyturn.json`));
    for (const wallet of made.law.wallets) {
      delete wallet.address;
      delete wallet.commitments;
    }
    for (const key of made.law.eventKeys ?? []) key.publicKey = '';
    expect(JSON.parse(read(`examples/${example}/keyturn.json`))).toEqual(made);
  });
});
