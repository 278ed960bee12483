import { describe, expect, it } from 'vitest';
import { INTEGRITY, PACKAGE } from './extract-schema.ts';
import { KNOWN_PERMISSIONS, KNOWN_ROLES } from './known-roles.ts';
import { readSchema } from './plugin/schema.ts';
import { usedTypes } from './used-types.ts';

const HOW = 'run: npx node test/terraform/extract-schema.ts';

describe('the recovered schema', () => {
  const schema = readSchema();

  it('comes from the package that was reviewed', () => {
    expect(schema.origin).toEqual({
      package: PACKAGE,
      integrity: INTEGRITY,
      provider: 'hashicorp/google 6.50.0',
      license: 'MPL-2.0',
    });
  });

  it('holds the types that terraform/ uses, and no others', () => {
    const { resources, dataSources } = usedTypes();
    expect(Object.keys(schema.resources).sort(), HOW).toEqual(resources);
    expect(Object.keys(schema.dataSources).sort(), HOW).toEqual(dataSources);
  });

  it('says of a bucket what the provider says', () => {
    const bucket = schema.resources.google_storage_bucket;
    expect(bucket?.attributes.location).toEqual({ type: 'string', required: true });
    expect(bucket?.attributes.self_link).toEqual({ type: 'string', computed: true });
    expect(bucket?.block_types.retention_policy).toMatchObject({ nesting_mode: 'list', max_items: 1 });
  });
});

describe('the known names of IAM', () => {
  it('are all predefined roles, without the basic ones’ look-alikes', () => {
    expect(KNOWN_ROLES.size).toBeGreaterThan(2000);
    expect([...KNOWN_ROLES].filter((role) => !/^roles\/[a-zA-Z0-9._]+$/.test(role))).toEqual([]);
    expect(KNOWN_ROLES).toContain('roles/storage.objectViewer');
    expect(KNOWN_ROLES).not.toContain('roles/storage.objectReader');
  });

  it('name a real role for each permission', () => {
    expect([...KNOWN_PERMISSIONS].filter(([, role]) => !KNOWN_ROLES.has(role))).toEqual([]);
  });
});
