// Plain JavaScript, since the launcher loads it before it knows whether this Node runs TypeScript. It loads nothing but Node's own modules.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Below dist/cli: what the newest bundle was made of. Below the bundle's own folder: its entry, and the cache of its compiled code. */
export const BUNDLE = { about: 'bundle.json', entry: 'main.js', cache: 'cache' };

/**
 * SHA-256, in hex, over path, length and bytes of each of these files, in this order. Throws where one cannot be read.
 *
 * @param {string} root
 * @param {readonly string[]} files paths below `root`
 * @returns {string}
 */
export const digestOf = (root, files) => {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
};

/**
 * The folder of a bundle. It is named for its sources: a program that still runs finds its modules, where it loads one later.
 *
 * @param {string} dist
 * @param {string} digest
 * @returns {string}
 */
export const bundleFolder = (dist, digest) => join(dist, 'cli', digest.slice(0, 16));

/**
 * What the newest bundle of `dist` was made of. Throws where there is none.
 *
 * @param {string} dist
 * @returns {{ digest: string, files: string[] }}
 */
export const bundleAbout = (dist) => JSON.parse(readFileSync(join(dist, 'cli', BUNDLE.about), 'utf8'));

/**
 * The folder of the bundle that a build left in `dist`, where every source is what it was then. Undefined where one differs, or where
 * there is no bundle: then the sources themselves are run.
 *
 * @param {string} root
 * @param {string} [dist]
 * @returns {string | undefined}
 */
export const currentBundle = (root, dist = join(root, 'dist')) => {
  try {
    const { digest, files } = bundleAbout(dist);
    return digestOf(root, files) === digest ? bundleFolder(dist, digest) : undefined;
  } catch {
    return undefined;
  }
};
