import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { type Called, type Protos, prunedProtos } from './protos.ts';

/**
 * What our bundles take of Google's generated packages: the clients that we construct, the calls that we make. A package describes every call of its
 * service and loads a client for each. That is most of its bytes, and most of what a start costs.
 */
const STANDS_FOR: Readonly<Record<string, string>> = {
  '@google-cloud/pubsub': 'pubsub',
  '@google-cloud/kms': 'kms',
  'google-gax': 'gax',
};

/** Descriptions of protos, by file below node_modules, and what we call of them. */
export const CALLED: Readonly<Record<string, Called>> = {
  '@google-cloud/pubsub-api/build/protos/protos.json': { 'google.pubsub.v1.Publisher': ['Publish'] },
  '@google-cloud/kms/build/protos/protos.json': {
    'google.cloud.kms.v1.KeyManagementService': ['AsymmetricSign'],
    'google.longrunning.Operations': [],
  },
  '@google-cloud/compute/build/protos/protos.json': {
    'google.cloud.compute.v1.Instances': ['Delete', 'Get', 'Insert', 'List'],
    'google.cloud.compute.v1.ZoneOperations': ['Wait'],
  },
  // Every client has one of these beside it. We call none of them.
  'google-gax/build/protos/iam_service.json': { 'google.iam.v1.IAMPolicy': [] },
  'google-gax/build/protos/locations.json': { 'google.cloud.location.Locations': [] },
  'google-gax/build/protos/operations.json': { 'google.longrunning.Operations': [] },
};

/** Messages that a client looks up when it is made: it can wait for these operations, which we never begin. */
export const LOOKED_UP: Readonly<Record<string, readonly string[]>> = {
  '@google-cloud/kms/build/protos/protos.json': [
    'google.protobuf.Empty',
    'google.cloud.kms.v1.DeleteCryptoKeyMetadata',
    'google.cloud.kms.v1.DeleteCryptoKeyVersionMetadata',
  ],
};

/** The same protos as classes. gax hands them on to whoever wants them, which no client of ours does. */
const CLASSES = /\/google-gax\/build\/protos\/(?:iam_service|locations|operations)\.js$/;

/** Words of errors in fifty languages. zod takes the English ones from their own file. */
const LOCALES = /\/zod\/v4\/locales\/index\.js$/;

/** Streams of the web for a Node that has none. Ours has them, and a fetch of a client only looks. */
const POLYFILL = /\/web-streams-polyfill\//;

/**
 * Our sources take zod by its name, which is one object of all that it has. As a namespace, esbuild leaves out what nobody uses: half of it, such as
 * JSON Schema. It is zod's own other way in (https://zod.dev/basics).
 */
const BY_NAME = "import { z } from 'zod';";
const AS_NAMESPACE = "import * as z from 'zod';";

/** The file as its path below node_modules. */
const packaged = (path: string): string => path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length);

/** `root`: folder of the project, with a slash at the end. */
export const narrow = (root: string): Plugin => ({
  name: 'narrow',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(@google-cloud\/\w+|google-gax)$/ }, ({ path }) => {
      const name = STANDS_FOR[path];
      return name === undefined ? undefined : { path: `${root}build/google/${name}.ts` };
    });
    onLoad({ filter: /\/build\/protos\/\w+\.json$/ }, ({ path }) => {
      const file = packaged(path);
      const called = CALLED[file];
      if (called === undefined) return undefined;
      const protos = prunedProtos(JSON.parse(readFileSync(path, 'utf8')) as Protos, called, LOOKED_UP[file]);
      return { contents: JSON.stringify(protos), loader: 'json' };
    });
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(BY_NAME)) return undefined;
      return { contents: source.replace(BY_NAME, AS_NAMESPACE), loader: 'ts' };
    });
    onLoad({ filter: CLASSES }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: POLYFILL }, () => ({ contents: "throw new Error('this Node has no streams of the web');" }));
    onLoad({ filter: LOCALES }, () => ({ contents: "export { default as en } from './en.js';" }));
  },
});
