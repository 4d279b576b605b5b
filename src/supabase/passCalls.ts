// The pass and its proof (R18), as typed calls of the SQL functions in supabase/schemas/9_pass.
import { z } from 'zod';

/** As the ledger's FencedRun, which is built on this file. */
interface Run {
  workspaceId: string;
  instanceId: string;
  fence: number;
}

const passSchema = z.object({
  pass: z.number(),
  stage: z.enum(['contacts', 'customers', 'sweep', 'ask']),
  continue_from: z.string().nullable(),
  page: z.number(),
  began_at: z.string(),
  asked: z.boolean(),
  wanted: z.boolean(),
  to_ask: z.array(z.string()),
  canary: z.string().nullable(),
});

/** Where the pass of a workspace stands. */
export type Pass = z.infer<typeof passSchema>;

/** Why a pass is not whole: a code, and how many. */
export interface WhyNot {
  code: string;
  count?: number;
}

const stageSchema = z.enum(['contacts', 'customers', 'sweep', 'ask', 'ended']);

/** Each may be repeated after a lost answer. */
export function passCalls(call: (name: string, parameters: object) => Promise<unknown>) {
  const ofRun = ({ workspaceId, instanceId, fence }: Run) => ({
    p_workspace_id: workspaceId,
    p_instance_id: instanceId,
    p_fence: fence,
  });
  return {
    /** Where the pass goes on, or begins; null while none is due. */
    async beginPass(run: Run, days: number): Promise<Pass | null> {
      return passSchema.nullable().parse(await call('begin_servicetitan_pass', { ...ofRun(run), p_days: days }));
    },

    /** Notes why the pass under way will not be whole. */
    async doubtPass(run: Run, whyNot: WhyNot[]) {
      await call('doubt_servicetitan_pass', { ...ofRun(run), p_why_not: whyNot });
    },

    /** Compares what was seen with what is stored; answers the stage that follows. */
    async sweepPass(run: Run) {
      return stageSchema.parse(await call('sweep_servicetitan_pass', ofRun(run)));
    },

    /** Draws the conclusions from asking by id; answers the stage that follows. */
    async settlePass(run: Run, asked: { answered: string[]; gone: string[]; unread: string[] }) {
      const parameters = { p_answered: asked.answered, p_gone: asked.gone, p_unread: asked.unread };
      return stageSchema.parse(await call('settle_servicetitan_pass', { ...ofRun(run), ...parameters }));
    },

    /** Asks for a pass: with the next run, or after the one under way. False where no run of it can start. */
    async wantPass(workspaceId: string, tenantId: string): Promise<boolean> {
      return z
        .boolean()
        .parse(await call('want_servicetitan_pass', { p_workspace_id: workspaceId, p_tenant_id: tenantId }));
    },
  };
}
