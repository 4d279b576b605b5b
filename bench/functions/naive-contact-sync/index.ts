// The Edge Function of the naive form: rows are upserted with supabase-js, one call a table.
import { withSupabase } from '@supabase/server';
import type { PlainCustomer } from '../../naive/readPage.ts';
import { toContactRow, toMethodRow } from '../../naive/toRows.ts';

interface Body {
  workspaceId: string;
  source: string;
  customers: PlainCustomer[];
}

export default {
  fetch: withSupabase({ auth: 'secret:default', cors: 'disabled' }, async (request, { supabaseAdmin }) => {
    const { workspaceId, source, customers } = (await request.json()) as Body;
    const contacts = customers.map((customer) => toContactRow(workspaceId, source, customer));
    const methods = customers.flatMap((customer) =>
      customer.contacts.map((contact) => toMethodRow(workspaceId, source, customer, contact)),
    );
    const results = [
      await supabaseAdmin.from('contacts').upsert(contacts, { onConflict: 'workspace_id,crm_id' }),
      await supabaseAdmin
        .from('servicetitan_contact_methods')
        .upsert(methods, { onConflict: 'workspace_id,source,crm_id,id', defaultToNull: false }),
    ];
    for (const { error } of results) if (error) return Response.json({ error: error.message }, { status: 500 });
    return Response.json({ written: contacts.length });
  }),
};
