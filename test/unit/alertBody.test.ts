// The body of an alert, whatever stands in the database.
import { expect, test } from 'vitest';
import { toBody } from '../../src/alerts/body.ts';
import { holdSecrets } from '../../src/secrets.ts';
import type { Alert } from '../../src/supabase/alerts.ts';

const SECRET = 'cs1.a"secret&of<an>alert';
holdSecrets(SECRET);

const alert: Alert = {
  id: '7c1c4a4e-3a5d-4d5e-9b0a-0d8d6f0f6f01',
  event: 'opened',
  workspace_id: '45963',
  name: `Ridge ${SECRET} ${'&'.repeat(20_000)}`,
  kind: 'errors_persist',
  message: `${'<'.repeat(490)}${SECRET}${'x'.repeat(20_000)}`,
  opened_at: '2026-02-08T10:15:00Z',
  closed_at: null,
};

test.for(['json', 'slack'] as const)('a message as %s holds no secret, whole or half, and is short', (format) => {
  for (const event of ['opened', 'closed'] as const) {
    const body = toBody({ ...alert, event, closed_at: event === 'closed' ? alert.opened_at : null }, format);
    expect(JSON.stringify(JSON.parse(body))).toContain('Ridge [secret]');
    expect(body).not.toMatch(/cs1|secret&/);
    expect(body.length).toBeLessThan(5_000);
  }
});

test('a workspace without a name is told without one', () => {
  expect(JSON.parse(toBody({ ...alert, name: null }, 'json'))).toMatchObject({ data: { workspaceName: null } });
});
