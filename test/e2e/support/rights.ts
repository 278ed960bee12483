import { connect } from '#cli/app/connect.ts';
import { type Deployment, loadDeployment } from '#cli/app/deployment.ts';
import type { Lessor } from '#cli/app/session.ts';
import type { Message } from '#core/ports.ts';
import type { Binding } from '#local/cloud/runtime/iam.ts';
import { OWNER } from '#local/lab/people.ts';
import type { Ran } from './cli.ts';
import type { TestLab } from './lab.ts';
import { commandLine, writeDevJson } from './operators.ts';

const AGENTS: Readonly<Record<string, string>> = {
  'gs-project-accounts': 'agent of Cloud Storage',
  'gcp-sa-pubsub': 'agent of Pub/Sub',
};

/** As people say it: `alice`, `function launch`'s account as `launch`, `image for alice` for what alice's pool lets in. */
const memberName = (member: string): string => {
  const pool = /workloadIdentityPools\/keyturn-([^/]+)/.exec(member)?.[1];
  if (pool !== undefined) return `image for ${pool}`;
  const [, name = member, domain = ''] = /^[A-Za-z]+:([^@]+)@([^.]+)/.exec(member) ?? [];
  return AGENTS[domain] ?? name;
};

const resourceName = (resource: string): string => {
  const ring = /keyRings\/([^/]+)\/cryptoKeys\/release$/.exec(resource)?.[1];
  if (ring !== undefined) return `release key of ${ring}`;
  return resource.replace(/^projects\/.*/, 'project').replace(/@.*/, '');
};

/** The one folder of predictions that a right is about: those of each co-signer are a right of their own. */
const folderOf = (condition: string | undefined): string => {
  const folder = /\/objects\/([^"]*predictions)\/"\)$/.exec(condition ?? '')?.[1];
  return folder === undefined ? '' : ` below ${folder}`;
};

/** What a binding says, in a line: who, what, on what. Permissions stand in the place of a custom role's name. */
const nameOf = ({ members, role, permissions, resource, condition }: Binding): string => {
  const may = role === 'custom' ? [...(permissions ?? [])].sort().join('+') : role.replace('roles/', '');
  return `${members.map(memberName).join(', ')}: ${may} on ${resourceName(resource)}${folderOf(condition)}`;
};

const isOwners = ({ members }: Binding): boolean => members.some((member) => OWNER.members.has(member));

/** What each right of the plan was worth so far. */
export interface Worth {
  readonly name: string;
  /** Calls that it allowed, alone or first of several. */
  readonly uses: number;
  /** Calls that nothing else would have allowed. */
  readonly sole: number;
}

/** The rights of a lab, by what they say, without those that its owner sets it up with. */
export class Rights {
  readonly #test: TestLab;
  readonly #planned: ReadonlyMap<string, Binding>;

  constructor(test: TestLab) {
    this.#test = test;
    const planned = test.lab.world.iam.bindings.filter((binding) => !isOwners(binding));
    this.#planned = new Map(planned.map((binding) => [nameOf(binding), binding]));
    if (this.#planned.size !== planned.length) throw new Error('two rights of the plan say the same');
  }

  get worth(): readonly Worth[] {
    const { uses, sole } = this.#test.lab.world.iam;
    return [...this.#planned].map(([name, { id }]) => ({ name, uses: uses.get(id) ?? 0, sole: sole.get(id) ?? 0 }));
  }

  /** Calls that this right alone allowed so far. */
  allowed(name: string): number {
    return this.worth.find((one) => one.name === name)?.sole ?? 0;
  }

  /** Takes a right away. What comes back gives it back. */
  remove(name: string): () => void {
    const binding = this.#find(name);
    const { iam } = this.#test.lab.world;
    iam.unbind(binding.id);
    return () => iam.bind(binding);
  }

  /** Takes one permission out of a custom role, in one binding of it. What comes back gives it back. */
  withhold(name: string, permission: string): () => void {
    const binding = this.#find(name);
    if (binding.permissions?.has(permission) !== true) throw new Error(`"${name}" has no ${permission}`);
    const { iam } = this.#test.lab.world;
    const others = new Set([...binding.permissions].filter((each) => each !== permission));
    iam.unbind(binding.id);
    iam.bind({ ...binding, permissions: others });
    return () => {
      iam.unbind(binding.id);
      iam.bind(binding);
    };
  }

  #find(name: string): Binding {
    const binding = this.#planned.get(name);
    if (binding === undefined) throw new Error(`the plan has no right "${name}"`);
    return binding;
  }
}

/** The people of a lab at their command lines: the CLI itself, in this process, each with the own token. */
export class People {
  readonly #keyturn: (...args: readonly string[]) => Promise<Ran>;
  readonly #deployment: Promise<Deployment>;

  constructor(test: TestLab) {
    this.#keyturn = commandLine(test);
    this.#deployment = loadDeployment(writeDevJson(test), test.folder);
  }

  /** One command line, which must succeed: what --json prints. */
  async does(who: string, ...args: readonly string[]): Promise<Ran['json']> {
    const { json } = await this.#keyturn(...args, '--as', who);
    if (json.ok !== true) throw new Error(`keyturn ${args.join(' ')} as ${who}: ${JSON.stringify(json)}`);
    return json;
  }

  /** Through the authenticated port, with that person's token. */
  async #with<T>(who: string, use: (ports: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
    const ports = connect(await this.#deployment, who);
    try {
      return await use(ports);
    } finally {
      await ports.close();
    }
  }

  pulling<T>(who: string, use: (lessor: Lessor) => Promise<T>): Promise<T> {
    return this.#with(who, async (ports) => use(await ports.lessor()));
  }

  publish(who: string, topic: string, message: Message): Promise<void> {
    return this.#with(who, async (ports) => (await ports.publisher()).publish(topic, message));
  }
}
