import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './used-types.ts';

export interface Folder {
  /** `terraform/modules/operator` */
  readonly name: string;
  readonly path: string;
  readonly hasTests: boolean;
}

/** Every folder that somebody may run terraform in: the root, the modules, the examples. */
export const folders = (): readonly Folder[] =>
  [...new Set(globSync('terraform/{.,modules/*,examples/*}/*.tf', { cwd: ROOT }).map((file) => join(file, '..')))]
    .sort()
    .map((name) => ({
      name,
      path: join(ROOT, name),
      hasTests: globSync('{.,tests}/*.tftest.hcl', { cwd: join(ROOT, name) }).length > 0,
    }));

export const hasTree = (): boolean => existsSync(join(ROOT, 'terraform'));
