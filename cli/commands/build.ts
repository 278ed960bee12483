import type { Command } from 'commander';
import { parseConfig } from '#schemas/config.ts';
import { readConfigFile } from '../config-file.ts';
import { DONE } from '../failure.ts';
import { examples } from '../help.ts';
import { type ImageContext, imageCommands, imageNameOf, writeContext } from '../image-context.ts';
import { bold, good, type Row } from '../output.ts';
import { optionOf, type World } from '../world.ts';

/** The builder at the root of the project, which brings esbuild with it: loaded only to build. */
export interface Builder {
  readonly dist: string;
  build(): Promise<void>;
  zip(): Promise<readonly { readonly name: string; readonly file: string; readonly object: string }[]>;
}

export const realBuilder = async (): Promise<Builder> => {
  const [{ buildAll, DIST, FUNCTIONS }, { zipFunctions }] = await Promise.all([
    import('../../build.ts'),
    import('../../build/zip.ts'),
  ]);
  return { dist: DIST, build: () => buildAll(), zip: () => zipFunctions(DIST, FUNCTIONS) };
};

export const define = (command: Command, world: World): void => {
  command
    .description(
      'Make what is deployed, in dist/: a zip of each function, always the same bytes for the same sources; and with --config the context of the workload image, with the law of that deployment in it.',
    )
    .action(async () => {
      world.exitCode = await run(world, optionOf(command.optsWithGlobals(), 'config'), realBuilder);
    });
  examples(command, [
    ['keyturn build', 'the functions, which hold no configuration'],
    ['keyturn build --config keyturn.json', 'the image context too; prints how to push it'],
  ]);
};

export const run = async (
  { out, folder }: Pick<World, 'out' | 'folder'>,
  given: string | undefined,
  builder: () => Promise<Builder>,
): Promise<number> => {
  const file = given === undefined ? undefined : await readConfigFile(folder, given);
  // All problems of a configuration before the minute that building takes.
  const config = file === undefined ? undefined : parseConfig({ law: file.law, operations: file.operations });
  const { dist, build, zip } = await builder();
  await out.during('building', build());
  const zips = await out.during('zipping', zip());
  const context: ImageContext | undefined = file === undefined ? undefined : writeContext(dist, file.law);
  const repository = config === undefined ? undefined : imageNameOf(config.operations.image).repository;
  const commands = context === undefined || repository === undefined ? [] : imageCommands(context, repository);
  const rows: Row[] = zips.map((one) => ({ label: one.name, lines: [one.file] }));
  out.line([good('built'), ` ${zips.length} functions`]);
  out.rows([
    ...rows,
    ...(context === undefined ? [] : [{ label: 'image', lines: [context.folder, `tag ${context.tag}`] }]),
  ]);
  if (config === undefined) out.line('No image context: its law is that of a deployment, named with --config.');
  else {
    out.line(`The law in it: ${config.lawHash}`);
    out.line('Push it, and put the digest that the last line prints into operations.image:');
    out.lines(commands.map((one) => ['  ', bold(one)]));
  }
  out.result({
    ok: true,
    functions: zips,
    image: context ?? null,
    lawHash: config?.lawHash ?? null,
    commands,
  });
  return DONE;
};
