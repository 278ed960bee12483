import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { IMAGE_BUNDLE } from '../../../build/build.ts';

/** Whole build, nothing written: what is in the image, by input, in bytes. */
const bundled = async () => {
  const { outputFiles, metafile } = await build({
    ...IMAGE_BUNDLE,
    outfile: 'main.mjs',
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const bytesOf = (part: string): number =>
    inputs.filter(([path]) => path.includes(part)).reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  return { text: outputFiles[0]?.text ?? '', bytesOf };
};

test('what nobody calls of a package is not in the image', async () => {
  const { text, bytesOf } = await bundled();
  // Each is in the bundle without the step of the build that narrows it.
  expect(bytesOf('node_modules/@grpc/')).toBe(0);
  expect(bytesOf('node_modules/zod/v4/classic/from-json-schema.js')).toBe(0);
  expect(bytesOf('node_modules/zod/v4/locales/')).toBeLessThan(10_000);
  expect(bytesOf('node_modules/web-streams-polyfill/')).toBeLessThan(1_000);
  expect(bytesOf('google-gax/build/protos/iam_service')).toBeLessThan(1_000);
  // What is called, is. Names in a stack trace are those of the sources.
  const has = ['PublishRequest', 'ListTopicSnapshotsRequest', 'publisherPort'].map((word) => text.includes(word));
  expect(has).toEqual([true, false, true]);
  // V8 keeps a text of other letters twice as large.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for.
  expect(/^[\x00-\x7f]*$/.test(text)).toBe(true);
});

test('the same sources give the same bytes', async () => {
  expect((await bundled()).text).toBe((await bundled()).text);
});
