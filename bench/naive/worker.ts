// The naive form: what a competent engineer builds from the reference's page without thinking about speed. Pages of 50,
// each with its contacts, handed to the Edge Function in chunks of 25, one after another.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { createClient } from '@supabase/supabase-js';
import { createPageReader, type PageReader, type PlainPage } from './readPage.ts';

interface Env {
  NAIVE_SYNC: Workflow<Params>;
  SUPABASE_URL: string;
  SUPABASE_SECRET_KEY: string;
  SERVICETITAN_URL: string;
  TENANT_ID: string;
  CLIENT_ID: string;
  CLIENT_SECRET: string;
  APP_KEY: string;
}

interface Params {
  workspaceId: string;
  /** Null: all customers. */
  modifiedOnOrAfter: string | null;
}

const CHUNK_SIZE = 25;

export class NaiveSync extends WorkflowEntrypoint<Env, Params> {
  override async run({ payload }: Readonly<WorkflowEvent<Params>>, step: WorkflowStep): Promise<void> {
    const { workspaceId, modifiedOnOrAfter } = payload;
    const startedAt = await step.do('update-status', () => this.#setState(workspaceId, { sync_status: 'running' }));
    const reader = this.#createReader();
    for (let page = 1, hasMore = true; hasMore; page += 1) {
      const read = () => reader.read(modifiedOnOrAfter, page);
      // Plain JSON; the engine's own type can't be told so.
      const fetched = (await step.do(`incremental-fetch page ${page}`, read as never)) as PlainPage;
      hasMore = fetched.hasMore;
      if (fetched.customers.length === 0) continue;
      await step.do(`incremental-sync page ${page}`, async () => {
        for (let at = 0; at < fetched.customers.length; at += CHUNK_SIZE) {
          await this.#write(workspaceId, fetched.customers.slice(at, at + CHUNK_SIZE));
        }
      });
    }
    await step.do('update-cursor', () => this.#setState(workspaceId, { last_modified_cursor: startedAt }));
    await step.do('update-completed', () => this.#setState(workspaceId, { sync_status: 'completed' }));
  }

  #createReader(): PageReader {
    const { SERVICETITAN_URL, TENANT_ID, CLIENT_ID, CLIENT_SECRET, APP_KEY } = this.env;
    return createPageReader({
      url: SERVICETITAN_URL,
      tenantId: TENANT_ID,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      appKey: APP_KEY,
    });
  }

  async #setState(workspaceId: string, columns: object): Promise<string> {
    const supabase = createClient(this.env.SUPABASE_URL, this.env.SUPABASE_SECRET_KEY, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const { error } = await supabase
      .from('servicetitan_sync_state')
      .upsert({ workspace_id: workspaceId, ...columns }, { onConflict: 'workspace_id' });
    if (error) throw new Error(error.message);
    return new Date().toISOString();
  }

  async #write(workspaceId: string, customers: object[]): Promise<void> {
    const response = await fetch(`${this.env.SUPABASE_URL}/functions/v1/naive-contact-sync`, {
      method: 'POST',
      headers: { apikey: this.env.SUPABASE_SECRET_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ workspaceId, source: `production/${this.env.TENANT_ID}`, customers }),
    });
    if (!response.ok) throw new Error(`The function answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    if (request.method === 'POST') {
      const { id, ...params } = await request.json<Params & { id: string }>();
      await env.NAIVE_SYNC.create({ id, params });
    }
    return new Response('ok');
  },
} satisfies ExportedHandler<Env>;
