import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { image, instance, LABELS, lab, REPO } from '#test/support/local/compute-launcher.ts';

describe('the launcher refuses', () => {
  const refused = async (
    metadata: Readonly<Record<string, string>>,
    over: { image?: Record<string, unknown>; instance?: Record<string, unknown> } = {},
  ) => {
    const { images, boot, said, notes, claims } = lab();
    const digest = images.add(REPO, image('console.log("it ran")', over.image));
    const given = { 'tee-image-reference': `${REPO}@${digest}`, 'tee-container-log-redirect': 'true', ...metadata };
    const vm = boot(instance(given, over.instance));
    expect(await vm.exited).toBe(1);
    expect(said('stdout')).toEqual([]);
    expect(claims).toEqual([]);
    expect(notes).toEqual([]);
    return said('launcher').join('\n');
  };

  it.each([
    ['no image', { 'tee-image-reference': '' }, {}, /tee-image-reference is not specified/],
    ['an unknown image', { 'tee-image-reference': `${REPO}:never` }, {}, /was not found/],
    ['a bad reference', { 'tee-image-reference': 'No Such' }, {}, /could not parse image reference/],
    [
      'an environment variable that the image does not allow',
      { 'tee-env-NODE_OPTIONS': '--require=/evil' },
      {},
      /env var NODE_OPTIONS is not allowed to be overridden.*\[KEYTURN_TURN\]/,
    ],
    [
      'a name that is none, even if the label has it',
      { 'tee-env-A-B': 'x' },
      { image: { labels: { 'tee.launch_policy.allow_env_override': 'A-B' } } },
      /invalid env name A-B/,
    ],
    ['another command', { 'tee-cmd': '["-e","0"]' }, {}, /CMD is not allowed to be overridden/],
    ['a command that is no list', { 'tee-cmd': '"-e"' }, {}, /tee-cmd is not a JSON array/],
    [
      'log redirect that the image never allows',
      {},
      { image: { labels: { 'tee.launch_policy.log_redirect': 'never' } } },
      /logging redirection not allowed by image/,
    ],
    [
      'log redirect by default, on the hardened image',
      {},
      { image: { labels: {} } },
      /only allowed on debug environment/,
    ],
    ['a log redirect that is none', { 'tee-container-log-redirect': 'yes' }, {}, /invalid logging redirect location/],
    [
      'a restart policy that it does not implement',
      { 'tee-restart-policy': 'Always' },
      {},
      /does not implement.*Always/,
    ],
    ['a restart policy that is none', { 'tee-restart-policy': 'Once' }, {}, /invalid restart policy: Once/],
    ['metadata that it does not implement', { 'tee-mount': 'type=tmpfs' }, {}, /the metadata key tee-mount/],
    ['impersonation', { 'tee-impersonate-service-accounts': 'a@b' }, {}, /tee-impersonate-service-accounts/],
    ['another attestation service', { 'ita-api-key': 'x' }, {}, /the metadata key ita-api-key/],
    [
      'a label that is no boolean',
      {},
      { image: { labels: { ...LABELS, 'tee.launch_policy.allow_cmd_override': 'yes' } } },
      /allow_cmd_override' \(not a boolean\)/,
    ],
    [
      'a boot disk without a launcher',
      {},
      {
        instance: {
          disks: [
            {
              boot: true,
              autoDelete: true,
              initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-12' },
            },
          ],
        },
      },
      /has no Confidential Space launcher/,
    ],
  ])('%s', async (_, metadata, over, message) => {
    expect(await refused(metadata, over)).toMatch(message);
  });

  it('and never prints a value of the metadata', async () => {
    expect(await refused({ 'tee-env-OTHER': 'a-secret-by-mistake' })).not.toContain('a-secret-by-mistake');
  });

  it('an image whose folder has changed since it was pushed', async () => {
    const { images, boot, said } = lab();
    const folder = image('console.log("good")');
    const digest = images.add(REPO, folder);
    writeFileSync(join(folder, 'main.js'), 'console.log("evil")');
    expect(await boot(instance({ 'tee-image-reference': `${REPO}@${digest}` })).exited).toBe(1);
    expect(said('launcher').join()).toContain('does not match its digest');
  });

  it('an image that the account of the machine may not pull', async () => {
    const { world, images, boot, said } = lab();
    world.iam.unbind('pull');
    images.add(REPO, image('console.log("it ran")'));
    expect(await boot(instance({ 'tee-image-reference': REPO })).exited).toBe(1);
    expect(said().join()).toMatch(/workload@.* does not have artifactregistry\.repositories\.downloadArtifacts/);
  });

  it('to go on without a first token', async () => {
    const { images, boot, said, notes } = lab({ teeServer: () => Promise.reject(new Error('verifier is down')) });
    images.add(REPO, image('console.log("it ran")'));
    expect(await boot(instance({ 'tee-image-reference': REPO })).exited).toBe(1);
    expect(said()).toEqual(['launch failed: verifier is down']);
    expect(notes.join()).toContain('verifier is down');
  });
});
