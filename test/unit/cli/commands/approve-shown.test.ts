import { describe, expect, test } from 'vitest';
import { type ApproveOptions, run } from '#cli/commands/approve.ts';
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
    expect(stage.stdout.text).toContain(`You approve, as alice: CALL ${BOB}, sending no ETH\n`);
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
});
