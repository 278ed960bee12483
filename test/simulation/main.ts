import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runAll } from './pool.ts';
import { PROFILES, profileNamed } from './profiles.ts';
import { replay } from './replay.ts';

/**
 * `npm run simulate -- [--seeds N] [--from S] [--profile NAME] [--workers W] [--story]`
 *
 * With `--story`, one history (`--from`, `--profile`) is told step by step. Otherwise N histories run, and the first that fails is shrunk.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    profile: { type: 'string' },
    workers: { type: 'string', default: String(Math.min(4, cpus().length)) },
    story: { type: 'boolean', default: false },
    'until-failure': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});

const profiles = values.profile === undefined ? PROFILES : [profileNamed(values.profile)];
if (values.story) {
  const [profile] = profiles;
  if (profile === undefined) throw new Error('no profile');
  process.exitCode = await replay(profile, values.from, { shrink: !values['no-shrink'] });
} else {
  const began = Date.now();
  const summary = await runAll({
    profiles: profiles.map(({ name }) => name),
    from: Number(values.from),
    seeds: Number(values.seeds),
    workers: Number(values.workers),
    untilFailure: values['until-failure'],
  });
  if (values.json) {
    console.log(JSON.stringify({ histories: summary.histories, failures: summary.failures }));
    process.exit(summary.failures.length === 0 ? 0 : 1);
  }
  const seconds = (Date.now() - began) / 1000;
  for (const [name, one] of summary.byProfile)
    console.log(
      `${name.padEnd(18)} ${String(one.histories).padStart(6)} histories, ${one.steps} steps, ${one.faults} faults, ${one.failed} failed`,
    );
  console.log(
    `${summary.histories} histories in ${seconds.toFixed(1)} s: ${(summary.histories / seconds).toFixed(1)} a second`,
  );
  for (const { invariant, count, profile, seed, text } of summary.failures)
    console.log(`FAILED ${count} times: ${invariant}\n  first: --profile ${profile} --from ${seed} --story\n  ${text}`);
  const [first] = summary.failures;
  if (first !== undefined) {
    process.exitCode = 1;
    if (!values['no-shrink']) await replay(profileNamed(first.profile), first.seed, { shrink: true });
  }
}
