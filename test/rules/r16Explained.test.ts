// R16: which stored method explains what a contact shows, where the product writes it in its own way or the feed can't say.
import { describe, expect, onTestFinished, test } from 'vitest';
import { admin } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { always, contactOf, later, rename, waiting, withPhones } from './reachable.ts';

const CONTACT_EXPORTS = ['recentContactsExport', 'settledContactsExport'];

describe('R16: a product that writes phones in its own way', () => {
  const scene = async (written: string) => {
    const found = await withPhones(4);
    const name = `format_${found.workspace.tenantId}`;
    onTestFinished(async () => {
      await admin.unsafe(`drop function if exists public.${name}() cascade`);
    });
    await admin.unsafe(`
      create function public.${name}() returns trigger language plpgsql as $$
      begin
        new.phone := ${written};
        return new;
      end
      $$;
      create trigger ${name} before insert or update on public.contacts for each row
      when (new.workspace_id = '${found.workspace.workspaceId}')
      execute function public.${name}();
    `);
    for (const id of found.ids) await rename(found.workspace, id);
    await runSync(found.workspace);
    return found;
  };

  const WAYS = [
    ["replace(new.phone, '+1', '1-')"],
    [String.raw`regexp_replace(new.phone, '^\+1(...)(...)', '(\1) \2-')`],
    ["ltrim(new.phone, '+')"],
  ] as const;
  test.for(WAYS)('as %s sees one that is switched off go at once', async ([written]) => {
    const { workspace, ids, methodOf } = await scene(written);
    await workspace.simulator('PATCH', `/contacts/${methodOf(ids[1]!)}`, { active: false });
    await runSync(workspace);
    expect(await contactOf(workspace, ids[1]!)).toMatchObject({ phone: null });
  });

  test('costs a quiet run no recheck', async () => {
    const { workspace, ids } = await scene("replace(new.phone, '+1', '1-')");
    await workspace.simulator('POST', '/restamp', { customerIds: ids, modifiedOn: '2026-01-02T00:00:00Z' });
    await later(workspace);
    await rename(workspace, ids[0]!, 'Once more');
    await runSync(workspace);
    await workspace.simulator('POST', '/restamp', { customerIds: [ids[0]!], modifiedOn: '2026-01-03T00:00:00Z' });
    await runSync(workspace);
    expect((await later(workspace)).steps).not.toContain('recheck-fetch');
    expect(await waiting(workspace)).toEqual([]);
  });
});

describe('R16, R20: a feed row whose active can not be read', () => {
  test('does not list a phone again that was taken away', async () => {
    const { workspace, ids, methodOf } = await withPhones(4);
    const id = ids[2]!;
    await admin`
      update public.servicetitan_contact_methods set listed = false, active = null
      where workspace_id = ${workspace.workspaceId} and crm_id = ${String(id)}
    `;
    await admin`update public.contacts set phone = null where workspace_id = ${workspace.workspaceId} and crm_id = ${String(id)}`;
    await admin`
      update public.servicetitan_sync_state set contacts_continue_from = null, last_modified_cursor = now() where workspace_id = ${workspace.workspaceId}
    `;
    await always(
      workspace,
      { operation: CONTACT_EXPORTS, contacts: [methodOf(id)] },
      { fields: { active: '"perhaps"' } },
    );
    await runSync(workspace, { settings: { CURSOR_OVERLAP_SECONDS: '0' } });
    // One answer gives nothing back that two witnesses took: the customer is asked.
    expect(await contactOf(workspace, id)).toMatchObject({ phone: null });
    expect(await waiting(workspace)).toEqual([{ crm_id: String(id), why: 'unlisted' }]);
  });
});
