import { block, blocks, ofType, text } from '../plan.ts';
import type { Policy } from './finding.ts';

/** `us-central1-docker.pkg.dev/project/repository/image@sha256:…` */
const repositoryOf = (image: string): string => image.split('/')[2] ?? '';

/** The measured image is pulled by its digest at each boot: its tag never moves to another, and nothing cleans it up. */
export const imagesStay: Policy = ({ plan, config: { operations } }) => {
  const name = repositoryOf(operations.image);
  const found = ofType(plan, 'google_artifact_registry_repository').filter(
    ({ values }) => text(values, 'repository_id') === name,
  );
  return [
    ...(found.length === 1 ? [] : [`${found.length} repositories ${name}, not one`]),
    ...found.flatMap(({ address, values }) => [
      ...(block(values, 'docker_config')?.immutable_tags === true ? [] : [`${address}: immutable_tags must be true`]),
      ...(blocks(values, 'cleanup_policies').length === 0
        ? []
        : [`${address}: would clean up an image that is accepted`]),
    ]),
  ];
};
