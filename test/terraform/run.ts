import { relative, resolve } from 'node:path';
import { checkFolder } from './check-folder.ts';
import { folders } from './folders.ts';
import { readSchema } from './plugin/schema.ts';
import { startSchemaProvider } from './plugin/server.ts';
import { terraformVersion } from './terraform.ts';
import { ROOT } from './used-types.ts';

/** For a person: `npx node test/terraform/run.ts [folder …]` checks those folders, or all, and prints what terraform says. */
const main = async (given: readonly string[]): Promise<number> => {
  if (terraformVersion() === undefined) {
    console.error('terraform is not installed');
    return 2;
  }
  const chosen =
    given.length > 0 ? given.map((path) => ({ name: relative(ROOT, resolve(path)), path: resolve(path) })) : folders();
  const provider = await startSchemaProvider(readSchema());
  let failed = false;
  try {
    for (const { name, path } of chosen) {
      const { init, validation, tests, took } = await checkFolder(path, provider, { test: true });
      const runs = tests?.runs ?? [];
      const lines = [
        init,
        ...validation,
        ...(tests?.messages ?? []),
        ...runs.flatMap(({ file, run, status, messages }) => [`${status} ${file} ${run}`, ...messages]),
      ];
      const bad = lines.some((line) => /^(error|fail)/.test(line)) || init !== '';
      failed ||= bad;
      console.log(`${bad ? 'FAILED' : 'ok'} ${name} (${took} ms)`);
      for (const line of lines.filter((each) => each !== '')) console.log(`  ${line}`);
    }
  } finally {
    provider.close();
  }
  return failed ? 1 : 0;
};

process.exitCode = await main(process.argv.slice(2));
