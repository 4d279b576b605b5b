import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FETCH_STEP } from '../../../src/sync/steps.ts';

test('a page is hidden from whoever looks at a run, and gone a day after it, three days where it failed', () => {
  expect(FETCH_STEP).toMatchObject({ sensitive: 'output' });
  const settings = readFileSync(join(import.meta.dirname, '../../../wrangler.toml'), 'utf8');
  expect(settings.split('\n')).toContain(
    'default_retention = { success_retention = "1 day", error_retention = "3 days" }',
  );
});
