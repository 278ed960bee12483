import { POLICIES } from './policies/all.ts';
import { terraformVersion } from './terraform.ts';

/** What a run without terraform has to say, loudly: green would look like judged. Undefined where terraform is installed. */
export const skippedText = (): string | undefined =>
  terraformVersion() === undefined
    ? `SKIPPED: terraform is not installed: ${Object.keys(POLICIES).length} policies were not judged`
    : undefined;

if (import.meta.main) {
  const text = skippedText();
  if (text !== undefined) console.log(text);
}
