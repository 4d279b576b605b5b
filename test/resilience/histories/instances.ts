// The Workflow binding of a history: which instances there are and how they stand. Running them is the history's.
import type { SyncParams } from '../../../src/config.ts';
import type { Memo } from '../../support/engine.ts';

export interface Instance {
  id: string;
  /** `dead`: its run died; the engine does not know. */
  status: 'queued' | 'running' | 'dead' | 'complete' | 'errored';
  memo: Memo;
  /** Whether a nudge makes the engine go on with it. */
  wakes: boolean;
  /** What an errored one ended with. */
  error: string;
}

export class Instances {
  /** How many instances it refuses to create. */
  refusing = 0;
  readonly #byId = new Map<string, Instance>();

  get all(): Instance[] {
    return [...this.#byId.values()];
  }

  queued(): Instance | undefined {
    return this.all.find(({ status }) => status === 'queued');
  }

  /** As much of the binding as the schedule uses. */
  get binding(): Workflow<SyncParams> {
    const create = async ({ id }: { id: string }) => this.#create(id);
    return {
      create,
      createBatch: async ({ instances }: { instances: { id: string }[] }) => {
        const errors = instances.flatMap(({ id }, index) => {
          try {
            this.#create(id);
            return [];
          } catch (error) {
            return [{ id, index, message: (error as Error).message }];
          }
        });
        return { instances: [], errors };
      },
      get: async (id: string) => {
        const instance = this.#byId.get(id);
        if (!instance) throw new Error('instance.not_found');
        return {
          status: async () => ({
            status: instance.status === 'dead' ? 'running' : instance.status,
            error: { message: instance.error },
          }),
          sendEvent: async () => {
            if (instance.status === 'dead' && instance.wakes) instance.status = 'queued';
          },
        };
      },
    } as unknown as Workflow<SyncParams>;
  }

  #create(id: string): void {
    if (this.#byId.has(id)) throw new Error('instance already exists');
    if (this.refusing > 0) {
      this.refusing -= 1;
      throw new Error('too many instances');
    }
    this.#byId.set(id, { id, status: 'queued', memo: new Map(), wakes: false, error: '' });
  }
}
