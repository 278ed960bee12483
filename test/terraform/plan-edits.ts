import type { Json, Plan, Resource } from './plan.ts';

type Values = Readonly<Record<string, Json>>;
export type Pick = (resource: Resource) => boolean;

const put = (at: Json | undefined, path: readonly string[], value: Json): Json => {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(at)) return at.map((member, n) => (String(n) === name ? put(member, rest, value) : member));
  const members: Values = typeof at === 'object' && at !== null ? at : {};
  return { ...members, [name]: put(members[name], rest, value) };
};

/** Changes the first resource that is picked, and only that one. */
const first =
  (pick: Pick, change: (resource: Resource) => readonly Resource[]) =>
  (plan: Plan): Plan => {
    const chosen = plan.resources.find(pick);
    return { resources: plan.resources.flatMap((each) => (each === chosen ? change(each) : [each])) };
  };

export const setting = (pick: Pick, path: string, value: Json | ((old: Values) => Json)) =>
  first(pick, (resource) => [
    {
      ...resource,
      values: put(
        { ...resource.values },
        path.split('.'),
        typeof value === 'function' ? value(resource.values) : value,
      ) as Values,
    },
  ]);

export const removing = (pick: Pick) => first(pick, () => []);
export const adding =
  (type: string, values: Values) =>
  (plan: Plan): Plan => ({
    resources: [...plan.resources, { address: `${type}.added`, type, name: 'added', index: undefined, values }],
  });

export const type =
  (name: string, has = ''): Pick =>
  (resource) =>
    resource.type === name && (has === '' || JSON.stringify(resource.values).includes(has));
