import type { BucketSettings } from '#core/ports.ts';
import { registerProblems } from '#core/register/lock.ts';
import { table } from '#test/support/table.ts';

/** The law: project 7, locked for thirty days; or a lab's. */
interface Given {
  readonly lock: 'required' | 'off';
}
const THIRTY_DAYS = 2_592_000;
const GOOD: BucketSettings = {
  projectNumber: '7',
  retentionSeconds: THIRTY_DAYS,
  retentionLocked: true,
  hierarchicalNamespace: false,
};

const problems = ({ lock }: Given, settings: BucketSettings) =>
  registerProblems(settings, {
    register: { projectNumber: '7', lock, retentionSeconds: lock === 'off' ? 0 : THIRTY_DAYS },
  }).map(({ kind }) => kind);

table('lock: nothing is signed over a bucket that can forget', problems, [
  ['The bucket that the law means.', { lock: 'required' }, GOOD, []],
  ['One that keeps entries for longer.', { lock: 'required' }, { ...GOOD, retentionSeconds: THIRTY_DAYS + 1 }, []],
  ['One of another project.', { lock: 'required' }, { ...GOOD, projectNumber: '8' }, ['other-project']],
  [
    'One with folders that can be renamed under any lock.',
    { lock: 'required' },
    { ...GOOD, hierarchicalNamespace: true },
    ['hierarchical-namespace'],
  ],
  ['One whose retention is not locked.', { lock: 'required' }, { ...GOOD, retentionLocked: false }, ['not-locked']],
  [
    'One that keeps entries a second too short.',
    { lock: 'required' },
    { ...GOOD, retentionSeconds: THIRTY_DAYS - 1 },
    ['kept-too-short'],
  ],
  [
    'Everything that is wrong is told at once.',
    { lock: 'required' },
    { projectNumber: '8', retentionSeconds: 0, retentionLocked: false, hierarchicalNamespace: true },
    ['other-project', 'hierarchical-namespace', 'not-locked', 'kept-too-short'],
  ],
]);

table('lock: a lab promises none, but it is the right bucket', problems, [
  ['No lock is asked for.', { lock: 'off' }, { ...GOOD, retentionLocked: false, retentionSeconds: 0 }, []],
  ['The project is.', { lock: 'off' }, { ...GOOD, projectNumber: '8' }, ['other-project']],
  ['The namespace is.', { lock: 'off' }, { ...GOOD, hierarchicalNamespace: true }, ['hierarchical-namespace']],
]);
