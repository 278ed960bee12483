import { describe, expect, test } from 'vitest';
import { type ApproveOptions, run } from '#cli/commands/approve.ts';
import { run as reject } from '#cli/commands/reject.ts';
import { wordsOf } from '#cli/request/code-words.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  opaqueLaw,
  requestOf,
  shareLine,
  stageOf,
} from '#test/support/cli/people.ts';

const yes = (over: ApproveOptions = {}): ApproveOptions => ({ share: '-', yes: true, ...over });
const uploads = ({ storage }: CliHarness): string[] => storage.paths.filter((name) => name.startsWith('lab-keys/'));

describe('nobody is asked about what was not shown', () => {
  const long = { to: BOB, value: '0', data: `0x12345678${'00'.repeat(2044)}ab` };
  const sceneOf = (options: CliHarnessOptions = {}) => {
    const stage = stageOf({ lab: undefined, law: opaqueLaw(), stdin: shareLine(1), ...options });
    const id = stage.accept(requestOf(long));
    return { stage: stageWith(stage, id.slice(0, 4)), id };
  };
  const stageWith = (stage: CliHarness, answer: string): CliHarness => ({
    ...stage,
    session: {
      ...stage.session,
      ask: async (question) => {
        stage.asked.push(question);
        return answer;
      },
    },
  });

  test.each<[string, ApproveOptions]>([
    ['at the question', {}],
    ['for the commands of --manual', { manual: true }],
  ])('more data than is shown is refused: %s', async (_, options) => {
    const { stage, id } = sceneOf();
    await expect(run(stage.session, id, yes({ yes: false, ...options }))).rejects.toMatchObject({
      code: 'USAGE',
      field: 'full',
      message: '1 byte of its data was not shown: read all of it with --full',
    });
    expect(stage.stdout.text).toContain('NOT SHOWN: 1 more byte; --full shows all');
    expect(stage.asked).toEqual([]);
    expect(stage.stdout.text).not.toContain('gcloud');
    expect(uploads(stage)).toEqual([]);
  });

  test('--full shows all of it, and then asks, with the deed right above the question', async () => {
    const { stage, id } = sceneOf();
    expect(await run(stage.session, id, yes({ yes: false, full: true }))).toBe(0);
    expect(stage.stdout.text).toContain(`${'00'.repeat(28)}ab”`);
    expect(stage.stdout.text).not.toContain('NOT SHOWN');
    expect(stage.stdout.text).toContain(
      [
        `You approve, as alice: CALL ${BOB}, sending no ETH`,
        '  selector 0x12345678 is not one that keyturn can explain',
        `  data of 2049 bytes, beginning 0x12345678${'00'.repeat(32)}…`,
        '',
      ].join('\n'),
    );
    expect(stage.asked).toHaveLength(1);
  });

  test('who asks not to be asked is not', async () => {
    const { stage, id } = sceneOf();
    expect(await run(stage.session, id, yes())).toBe(0);
    expect(stage.asked).toEqual([]);
  });

  test('under --json nothing is shown, so that --yes is needed', async () => {
    const { stage, id } = sceneOf({ json: true });
    await expect(run(stage.session, id, yes({ yes: false, full: true }))).rejects.toMatchObject({
      code: 'USAGE',
      field: 'yes',
    });
    expect(stage.asked).toEqual([]);
    expect(uploads(stage)).toEqual([]);
  });

  test.each<[string, ApproveOptions]>([
    ['at the question', {}],
    ['for the commands of --manual', { manual: true }],
  ])('a longer access list than is shown is refused: %s', async (_, options) => {
    const accessList = JSON.stringify(Array.from({ length: 9 }, () => ({ address: BOB, storageKeys: [] })));
    const stage = stageOf({ lab: undefined, law: opaqueLaw(), stdin: shareLine(1) });
    const id = stage.accept(requestOf({ accessList, gasLimit: '100000' }));
    await expect(run(stage.session, id, yes({ yes: false, ...options }))).rejects.toMatchObject({
      code: 'USAGE',
      field: 'full',
      message: '1 entry of its access list was not shown: read all of it with --full',
    });
    expect(stage.stdout.text).toContain('NOT SHOWN: 1 more entry; --full shows all');
    expect(stage.asked).toEqual([]);
    expect(uploads(stage)).toEqual([]);
  });
});

describe('an id that is cut short', () => {
  const sceneOf = (options: CliHarnessOptions = {}) => {
    const stage = stageOf({ lab: undefined, stdin: shareLine(1), ...options });
    return { stage, id: stage.accept(requestOf()) };
  };
  const deeds = [
    ['approve', run],
    ['reject', reject],
  ] as const;
  const cases = deeds.flatMap(([name, deed]) =>
    [8, 63].flatMap((digits) => [
      { name, deed, digits, json: false, yes: true, option: 'yes' },
      { name, deed, digits, json: true, yes: true, option: 'yes' },
      { name, deed, digits, json: true, yes: false, option: 'json' },
    ]),
  );

  test.each(cases)('$name of $digits digits is refused where nobody reads (--yes $yes, --json $json)', async (one) => {
    const { stage, id } = sceneOf({ json: one.json });
    const given = id.slice(0, one.digits);
    await expect(one.deed(stage.session, given, { share: '-', yes: one.yes })).rejects.toMatchObject({
      code: 'USAGE',
      field: one.option,
      message: `--${one.option} takes an id with all of its 64 digits; read it first, then give ${id}`,
    });
    expect(stage.stdout.text).toBe('');
    expect(stage.encrypted).toEqual([]);
    expect(uploads(stage)).toEqual([]);
  });

  test('--json prints no commands of --manual for it', async () => {
    const { stage, id } = sceneOf({ json: true });
    await expect(run(stage.session, id.slice(0, 8), { manual: true })).rejects.toMatchObject({ field: 'json' });
    expect(stage.stdout.text).toBe('');
  });

  test.each(deeds)('is enough where a person reads and answers: %s', async (_, deed) => {
    const { id } = sceneOf();
    const { stage } = sceneOf({ answer: id.slice(0, 4) });
    expect(await deed(stage.session, id.slice(0, 8), { share: '-' })).toBe(0);
    expect(uploads(stage)).toHaveLength(1);
  });

  test('the twelve words stand beside the id before the question', async () => {
    const { id } = sceneOf();
    const { stage } = sceneOf({ answer: id.slice(0, 4) });
    await run(stage.session, id, { share: '-' });
    const words = wordsOf(id).split(' ');
    expect(stage.stdout.text.replace(/\s+/g, ' ')).toContain(`${id} words ${words.join(' ')} compare them by phone`);
  });
});
