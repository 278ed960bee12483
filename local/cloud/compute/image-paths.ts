import { realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Paths as the image knows them, and as they lie on this host. */
export interface ImagePaths {
  readonly root: string;
  readonly launcherDir: string;
}

/**
 * An option of the entry point, with its path on this host. `--allow-fs-read=/app/` names the folder of the image, and no other folder of
 * the host. Links are resolved, since Node's permissions compare names (https://nodejs.org/docs/latest-v24.x/api/permissions.html).
 */
export const onHost = (arg: string, { root, launcherDir }: ImagePaths): string => {
  const [, option = '', path = ''] = /^(--[a-z-]+)=(\/.*)$/.exec(arg) ?? [];
  for (const [inImage, here] of [
    ['/app/', root],
    ['/run/container_launcher/', launcherDir],
  ] as const)
    if (path.startsWith(inImage))
      return `${option}=${join(realpathSync(here), path.slice(inImage.length))}${path === inImage ? '/' : ''}`;
  return arg;
};
