import { createHash } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Images, imageDigest } from '#local/cloud/compute/images.ts';
import { image, REPO } from '#test/support/local/compute-launcher.ts';

describe('an image', () => {
  it('has a digest over names and contents, and nothing else', () => {
    const one = image('1');
    const same = image('1');
    expect(imageDigest(one)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(imageDigest(same)).toBe(imageDigest(one));
    expect(imageDigest(image('2'))).not.toBe(imageDigest(one));
    writeFileSync(join(same, 'more'), '');
    expect(imageDigest(same)).not.toBe(imageDigest(one));
  });

  it('is the sha256 of lines that sha256sum could have written', () => {
    const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
    const folder = image('1');
    const line = (name: string) => `${name} ${sha256(readFileSync(join(folder, name)))}\n`;
    expect(imageDigest(folder)).toBe(`sha256:${sha256(line('image.json') + line('law.json') + line('main.js'))}`);
  });

  it('may hold no link and no odd name', () => {
    const linked = image('1');
    symlinkSync('/etc/hostname', join(linked, 'link'));
    expect(() => imageDigest(linked)).toThrow(/link is not a plain file/);
    const odd = image('1');
    writeFileSync(join(odd, 'a\nb'), '');
    expect(() => imageDigest(odd)).toThrow(/"a\\nb" is not allowed/);
  });

  it('is found by digest and by tag, and only where it was added', () => {
    const images = new Images();
    const one = images.add(REPO, image('1'));
    const two = images.add(REPO, image('2'));
    expect(images.find(`${REPO}@${one}`)?.digest).toBe(one);
    expect(images.find(`${REPO}@${two}`)?.digest).toBe(two);
    expect(images.find(REPO)?.digest).toBe(two);
    expect(images.find(`${REPO}:latest@${one}`)?.digest).toBe(one);
    expect(images.find(`${REPO}:v1`)).toBeUndefined();
    expect(images.find(`localhost:5000/other@${one}`)).toBeUndefined();
    expect(images.find(`${REPO}@sha256:${'0'.repeat(64)}`)).toBeUndefined();
  });

  it.each([[`${REPO}@sha256:12`], ['Repo'], [''], [`${REPO}@sha256:${'0'.repeat(64)}@x`], [`${REPO}:`], ['../x']])(
    'cannot be called %j',
    (reference) => {
      expect(() => new Images().find(reference)).toThrow(/could not parse image reference/);
    },
  );

  it('needs an image.json that says what to run', () => {
    expect(() => new Images().add(REPO, image('1', { entrypoint: [] }))).toThrow(/entrypoint/);
    expect(() => new Images().add(REPO, image('1', { user: 'root' }))).toThrow(/user/);
  });
});
