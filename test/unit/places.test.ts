// Where runs and calls are placed: neither platform refuses a place that it does not know.
import { expect, test } from 'vitest';
import { readSettings, type SyncParams } from '../../src/config.ts';
import { placed } from '../../src/schedule/instances.ts';
import { CREDENTIALS_KEY, randomApiToken, randomSecretKey } from '../support/credentialsKey.ts';

const given = {
  SUPABASE_URL: 'https://project.example',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
  API_TOKEN: randomApiToken(),
};

test('a place that is none is told and counts for nothing', () => {
  for (const [setting, wrong] of [
    ['LOCATION_HINT', 'us-east-1'],
    ['LOCATION_HINT', 'ENAM'],
    ['SUPABASE_REGION', 'enam'],
    ['SUPABASE_REGION', 'us-east-1\r\nx-evil: 1'],
    ['SUPABASE_REGION', 'East US'],
  ] as const) {
    const { config, faults } = readSettings({ ...given, [setting]: wrong });
    expect(faults.map((fault) => fault.setting)).toEqual([setting]);
    expect(config?.[setting]).toBeUndefined();
    expect(JSON.stringify(faults)).not.toContain(wrong);
  }
  const { config, faults } = readSettings({ ...given, LOCATION_HINT: 'apac-ne', SUPABASE_REGION: 'ap-northeast-1' });
  expect([faults, config?.LOCATION_HINT, config?.SUPABASE_REGION]).toEqual([[], 'apac-ne', 'ap-northeast-1']);
});

test('new instances carry the hint, one by one and in a batch, and nothing else changes', async () => {
  const asked: unknown[] = [];
  const workflow = {
    create: async (options: unknown) => void asked.push(options),
    createBatch: async (options: unknown) => void asked.push(options),
    get: async (id: string) => void asked.push(id),
  } as unknown as Workflow<SyncParams>;
  const one = { id: 'sync-w-1', params: { workspaceId: 'w' } };
  for (const at of [placed(workflow, 'weur'), placed(workflow, undefined)]) {
    await at.create(one);
    await at.createBatch({ instances: [one] });
    await at.get('sync-w-1');
  }
  const hinted = { ...one, locationHint: 'weur' };
  expect(asked).toEqual([hinted, { instances: [hinted] }, 'sync-w-1', one, { instances: [one] }, 'sync-w-1']);
});
