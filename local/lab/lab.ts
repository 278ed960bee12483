import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { VmLine } from '#local/cloud/compute/launcher.ts';
import type { StartedProcess } from '#local/cloud/processes/children.ts';
import { startScheduler } from '#local/cloud/processes/scheduler.ts';
import { systemClock } from '#local/cloud/runtime/clock.ts';
import { FileJournal, type Json, noJournal, watchedJournal } from '#local/cloud/runtime/journal.ts';
import { TornFile } from '#local/cloud/runtime/whole-file.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { bucketsOf, OPERATIONS_OBJECT, topicsOf } from '#schemas/names.ts';
import { bindLab, bindOwner } from './bindings.ts';
import { type ChainOptions, openWallets, startNodes } from './chains.ts';
import { type Endpoints, IMAGE_REPOSITORY, type LabLaw } from './config.ts';
import { attestationRootIn, describe } from './description.ts';
import { type RunningFunctions, startFunctions } from './functions.ts';
import { keptLawIn, lawChange } from './kept-law.ts';
import { tlsIn } from './kept-tls.ts';
import type { LabNode } from './node.ts';
import { account, type FunctionName, OWNER, poolIn, user } from './people.ts';
import type { Shape } from './plan-file.ts';
import { providerAt } from './pools.ts';
import { checkPorts } from './ports.ts';
import {
  createBuckets,
  createCoSignerSubscriptions,
  createKeys,
  createPushes,
  createTopics,
  createWakes,
} from './resources.ts';
import { type CloudServers, type RerouteTee, startServers } from './servers.ts';
import { shapeOf } from './shapes.ts';
import type { LabWallet } from './wallet.ts';

export type Rerouted = 'pubsubRest' | 'storage' | 'kms' | 'compute' | 'sts' | 'rpc' | 'metadata';

export interface LabOptions extends ChainOptions {
  /** Where shares, tokens, image and configuration lie; emptied at the end unless `keep`. */
  readonly folder: string;
  /** Keep state there (journal, chain, wallet) and go on from it. */
  readonly keep: boolean;
  readonly dist: string;
  /** ms between ticks of the scheduler. */
  readonly tickMs?: number;
  /** Which example of terraform/ it follows. Default: lab. `law`, further chains and wallets are for that one. */
  readonly shape?: Shape;
  /** The law that takes the place of the lab's own. */
  readonly law?: (usual: LabLaw) => unknown;
  /** The urls of a chain, of which the law says how many must agree. Default: its node's one url. */
  readonly urlsOf?: (url: string, chainId: string) => Promise<readonly string[]>;
  /** Takes the place of what the lab's operations say. */
  readonly operations?: Readonly<Record<string, Json>>;
  /** Puts something between the parts and a service: the url that law and operations name is the one that comes back. */
  readonly reroute?: (service: Rerouted, url: string) => Promise<string>;
  /** The same for Pub/Sub's gRPC port, of which the law names the certificate authority as well. */
  readonly reroutePubsub?: (endpoint: Endpoints['pubsub']) => Promise<Endpoints['pubsub']>;
  readonly rerouteTee?: RerouteTee;
  /** Further environment values of the functions: where they send telemetry. The image gets none of them. */
  readonly functionEnv?: Readonly<Record<string, string>>;
  readonly onFunctionLine?: (name: FunctionName, line: string) => void;
  readonly onVmLine?: (line: VmLine) => void;
  /** Each change of the cloud, after it is kept. */
  readonly onRecord?: (service: string, record: Json) => void;
  /** Each process of a function or a machine, with its whole environment. */
  readonly onProcess?: (process: StartedProcess) => void;
  /** What the cloud's servers note for a person who debugs. */
  readonly onNote?: (line: string) => void;
  readonly onStep?: (step: string) => void;
  /** What a person should know: a full disk, an older state of the chain, a node that gives no money. */
  readonly onNotice?: (words: string) => void;
}

export interface Lab {
  readonly world: World;
  readonly servers: CloudServers;
  readonly functions: RunningFunctions;
  readonly chain: LabNode;
  /** Nodes of further chains. */
  readonly moreChains: readonly LabNode[];
  readonly config: Config;
  readonly wallet: LabWallet;
  readonly description: ReturnType<typeof describe>;
  close(): Promise<void>;
}

const writeSecret = (path: string, text: string): string => {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
};

/** The image of this lab: the built bundle and this lab's law, in one folder whose digest is measured. */
const assembleImage = (options: LabOptions, law: unknown): string => {
  const folder = join(options.folder, 'image');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of ['main.mjs', 'signer.mjs', 'image.json'])
    cpSync(join(options.dist, 'image', file), join(folder, file));
  writeFileSync(join(folder, 'law.json'), canonicalText(JSON.parse(JSON.stringify(law))));
  return folder;
};

/** Each failed write is an error to a client, which tries again. A person is told once. */
const openJournal = (folder: string, notice: (words: string) => void): FileJournal => {
  let told = false;
  return new FileJournal(join(folder, 'journal.jsonl'), {
    onFault: (error) => {
      if (!told) notice(`nothing more can be kept: ${error instanceof Error ? error.message : String(error)}`);
      told = true;
    },
  });
};

/** Starts the whole lab: cloud, chain, wallet, functions, scheduler. Whatever fails half way is taken down again. Throws PORT_UNUSABLE, NODE_MISSING, CHAIN_UNREACHABLE, STATE_TORN. */
export const startLab = async (options: LabOptions): Promise<Lab> => {
  const folder = resolve(options.folder);
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    const failed: unknown[] = [];
    // Each of them: a folder that cannot be removed is no reason to leave a process running.
    for (const end of closers.splice(0).reverse())
      await (async () => end())().catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  };
  const { onStep: step = () => {}, onNotice: notice = () => {} } = options;
  try {
    if (options.portBase !== undefined) await checkPorts(options.portBase);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!options.keep) closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const journal = options.keep ? openJournal(folder, notice) : undefined;
    if (journal !== undefined) closers.push(() => journal.close());
    const shape = shapeOf(options.shape ?? 'lab', options.law);
    const { plan, project, chainId } = shape;
    const world = createWorld({
      journal: watchedJournal(journal ?? noJournal, options.onRecord ?? (() => {})),
      ...(options.onProcess === undefined ? {} : { started: options.onProcess }),
      ...(options.onNote === undefined ? {} : { note: options.onNote }),
      ...(project === undefined ? {} : { project }),
    });
    bindOwner(world, shape.keyProjects);
    const configPath = join(folder, 'keyturn.json');
    const before = options.keep ? keptLawIn(configPath) : undefined;
    const tls = options.keep ? await tlsIn(folder, systemClock.now()) : undefined;
    const [servers, nodes] = await Promise.all([
      startServers(world, {
        portBase: options.portBase,
        tls,
        onVmLine: options.onVmLine ?? (() => {}),
        rerouteTee: options.rerouteTee,
      }).then((started) => {
        closers.push(() => started.close());
        return started;
      }),
      startNodes(folder, { ...options, chainId, onNotice: notice }, (node) => closers.push(() => node.stop())),
    ]);
    step('cloud');
    const [chain, ...moreChains] = nodes;
    const wallets = await openWallets(folder, { ...options, onNotice: notice }, nodes);
    const [wallet] = wallets;
    step('wallet');
    const reroute = options.reroute ?? (async (_: Rerouted, url: string) => url);
    const { pubsub, ...rest } = servers.endpoints;
    const endpoints = {
      pubsub: (await options.reroutePubsub?.(pubsub)) ?? pubsub,
      pubsubRest: await reroute('pubsubRest', rest.pubsubRest),
      storage: await reroute('storage', rest.storage),
      kms: await reroute('kms', rest.kms),
      compute: await reroute('compute', rest.compute),
      sts: await reroute('sts', rest.sts),
    };
    const ground = {
      ...{ world, wallets, nodes, blockTime: options.blockTime, secrets: servers.secrets, keys: servers.keys },
      endpoints: { ...endpoints, secretManager: servers.secretManager },
      urlsOf: options.urlsOf ?? (async (url) => [await reroute('rpc', url)]),
      onClose: (end: () => Promise<void>) => void closers.push(end),
    };
    const law = shape.law(ground);
    const digest = servers.images.add(IMAGE_REPOSITORY, assembleImage({ ...options, folder }, law));
    const raw = { law, operations: { ...(await shape.operations(ground, digest)), ...options.operations } };
    const plain = JSON.parse(JSON.stringify(raw));
    const config = parseConfig(plain);
    const change = lawChange(before, plain.law);
    if (change !== undefined) notice(change);
    const { name: deployment, coSigners } = config.law;
    bindLab(world, config.law, digest, plan);
    for (const who of ['operator', ...coSigners.map(({ name }) => name)])
      servers.sts.register(providerAt(world, poolIn(config.law, who), plan));
    createTopics(world, servers.topics, deployment, plan);
    // After the topics: their notifications are refused where a topic is missing.
    createBuckets(world, servers.store, config.law, plan);
    createCoSignerSubscriptions(world, servers.topics, config.law, plan);
    createWakes(world, servers.topics, config.law, plan);
    createKeys(servers.keys, config.law);
    servers.store.insert(
      OWNER,
      bucketsOf(deployment).work,
      OPERATIONS_OBJECT,
      Buffer.from(JSON.stringify(raw.operations)),
      {},
    );
    const functions = await startFunctions(world, {
      dist: options.dist,
      idTokens: servers.idTokens,
      config: raw,
      metadataHost: async (host) => new URL(await reroute('metadata', `http://${host}`)).host,
      env: { ...plan.functionEnvironment, ...options.functionEnv },
      onLine: options.onFunctionLine ?? (() => {}),
    });
    closers.push(() => functions.close());
    createPushes(world, servers.topics, deployment, functions.doors, plan);
    const ticks = `projects/${world.project.id}/topics/${topicsOf(deployment).ticks}`;
    closers.push(
      startScheduler({
        clock: systemClock,
        intervalMs: options.tickMs ?? 2_000,
        publish: (data) => {
          servers.topics.publish(account(world, 'scheduler'), ticks, [{ data, attributes: {} }]);
        },
        note: world.note,
      }),
    );
    step('functions');
    mkdirSync(join(folder, 'tokens'), { recursive: true, mode: 0o700 });
    const tokenFile = (who: string) => join(folder, 'tokens', `${who}.token`);
    for (const who of ['dapp', 'finance', 'operator', ...coSigners.map(({ name }) => name)])
      writeSecret(tokenFile(who), world.iam.issueToken(user(who)));
    writeSecret(tokenFile('dev'), world.iam.issueToken(OWNER));
    const configFile = writeSecret(configPath, `${JSON.stringify(raw, null, 2)}\n`);
    writeSecret(attestationRootIn(folder), servers.verifier.rootPem);
    const parts = { world, servers, functions, chain, moreChains, config, wallet };
    return { ...parts, description: describe(parts, folder, configFile, tokenFile), close };
  } catch (error) {
    await close().catch(() => {});
    if (error instanceof TornFile) throw new KeyturnError('STATE_TORN', error.message, { field: 'data', cause: error });
    throw error;
  }
};
