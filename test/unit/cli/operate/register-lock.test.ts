import { describe, expect, test } from 'vitest';
import { run } from '#cli/commands/status.ts';
import { storageChecks } from '#cli/doctor/check-storage.ts';
import { overviewOf } from '#cli/operate/overview.ts';
import type { BucketSettings } from '#core/ports.ts';
import { stageOf } from '#test/support/cli/people.ts';
import { checkRegister } from '#workload/turn.ts';

const KEEPS = 10_000_000;

interface Case {
  readonly lock: 'required' | 'off';
  readonly settings: BucketSettings;
}

const YES_NO = [true, false];
const CASES: readonly Case[] = (['required', 'off'] as const).flatMap((lock) =>
  ['1', '2'].flatMap((projectNumber) =>
    YES_NO.flatMap((hierarchicalNamespace) =>
      YES_NO.flatMap((retentionLocked) =>
        [0, KEEPS - 1, KEEPS, 2 * KEEPS].map((retentionSeconds) => ({
          lock,
          settings: { projectNumber, hierarchicalNamespace, retentionLocked, retentionSeconds },
        })),
      ),
    ),
  ),
);

const nameOf = ({ lock, settings }: Case): string =>
  [
    `law ${lock}`,
    `project ${settings.projectNumber}`,
    settings.hierarchicalNamespace ? 'folders' : 'flat',
    settings.retentionLocked ? 'locked' : 'not locked',
    `${settings.retentionSeconds} s`,
  ].join(', ');

/** What the image, doctor and status each make of one bucket. */
const saidOf = async ({ lock, settings }: Case, json = false) => {
  const stage = stageOf({
    me: 'operator',
    json,
    law: { register: { projectNumber: '1', lock, retentionSeconds: KEEPS } },
  });
  const { session, storage } = stage;
  const { register } = session.deployment.buckets;
  storage.settings = async (bucket?: string) =>
    bucket === undefined || bucket === register
      ? settings
      : { projectNumber: '1', hierarchicalNamespace: false, retentionLocked: false, retentionSeconds: 0 };
  const { buckets, config } = session.deployment;
  const image = await checkRegister({ law: config.law, buckets, storage }).then(
    () => 'goes on',
    (error: Error) => error.message,
  );
  const findings = (
    await Promise.all(storageChecks.filter(({ area }) => area === 'buckets').map((c) => c.look(session)))
  )
    .flat()
    .filter(({ what }) => what.includes(register));
  const { lock: status } = await overviewOf(session.deployment, session.ports, 0);
  return { image, findings, status, stage };
};

const isSound = ({ lock, settings }: Case): boolean =>
  settings.projectNumber === '1' &&
  !settings.hierarchicalNamespace &&
  (lock === 'off' || (settings.retentionLocked && settings.retentionSeconds >= KEEPS));

describe('image, status and doctor say the same of the register, whatever its bucket is like', () => {
  test.each(CASES.map((each) => [nameOf(each), each] as const))('%s', async (_, each) => {
    const { image, findings, status } = await saidOf(each);
    const sound = isSound(each);
    const called = JSON.stringify([findings.map(({ what }) => what), status]);
    expect(image === 'goes on').toBe(sound);
    expect(findings.some(({ level }) => level === 'bad')).toBe(!sound);
    expect(status).toMatchObject({ value: { sound } });
    expect(called.includes('is locked for') || called.includes('"locked for')).toBe(sound && each.lock === 'required');
    // Whatever the image gives as its reason, the other two give too.
    const reason = image.replace(/^[^:]*: /, '');
    if (!sound)
      expect([JSON.stringify(status), findings.map(({ what }) => what).join()]).toEqual([
        expect.stringContaining(reason),
        expect.stringContaining(reason),
      ]);
  });

  test('a hierarchical namespace is loud on both forms of status', async () => {
    const folders = { projectNumber: '1', hierarchicalNamespace: true, retentionLocked: true, retentionSeconds: KEEPS };
    const people = await saidOf({ lock: 'required', settings: folders });
    await run(people.stage.session, undefined);
    expect(people.stage.stdout.text).toContain('NOTHING WILL BE SIGNED: it has a hierarchical namespace');
    const json = await saidOf({ lock: 'required', settings: folders }, true);
    await run(json.stage.session, undefined);
    expect(json.stage.json()).toMatchObject({
      register: expect.stringContaining('NOTHING WILL BE SIGNED: it has a hierarchical namespace'),
    });
  });
});
