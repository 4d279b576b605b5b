// The steps of an instance, from the engine's own history of it.

/** A step as the engine tells it. Its errors are in the ledger, its results nobody's. */
export interface InstanceStep {
  name: string;
  status: 'running' | 'completed' | 'failed';
  attempts: number;
  startedAt: string;
  durationSeconds: number | null;
}

/** The history is sent at once; what comes after a silence as long as this is news of a run that goes on. */
const SILENCE_MS = 200;
const FIRST_SILENCE_MS = 1_000;
const DEADLINE_MS = 3_000;
/** Far more than a page of steps shows; a run of 10,000 steps has 40,000 events. */
const MOST_EVENTS = 5_000;

type StepEvent = Extract<WorkflowInstanceEventOf, { stepName: string }>;
type WorkflowInstanceEventOf = NonNullable<Awaited<ReturnType<WorkflowInstanceSubscription['next']>>['value']>;

/** In the order in which they began; null when the engine has no history of it any more. Never rejects, never waits long. */
export async function readInstanceSteps(workflow: Workflow, instanceId: string): Promise<InstanceStep[] | null> {
  try {
    const instance = await workflow.get(instanceId);
    using subscription = await instance.subscribe({
      filter: ['step_started', 'step_completed', 'step_errored', 'attempt_started'],
    });
    const until = Date.now() + DEADLINE_MS;
    const events: StepEvent[] = [];
    while (events.length < MOST_EVENTS && Date.now() < until) {
      const next = await Promise.race([
        subscription.next(),
        scheduler.wait(events.length === 0 ? FIRST_SILENCE_MS : SILENCE_MS),
      ]);
      if (!next || next.done) break;
      if ('stepName' in next.value) events.push(next.value);
    }
    return toSteps(events);
  } catch {
    return null;
  }
}

function toSteps(events: StepEvent[]): InstanceStep[] {
  const steps = new Map<string, InstanceStep>();
  for (const { type, stepName, timestamp } of events) {
    // The engine puts the occurrence behind a name; ours occur once.
    const name = stepName.replace(/-1$/, '');
    const at = new Date(timestamp);
    if (type === 'step_started') {
      steps.set(name, { name, status: 'running', attempts: 0, startedAt: at.toISOString(), durationSeconds: null });
    }
    const step = steps.get(name);
    if (!step) continue;
    if (type === 'attempt_started') step.attempts += 1;
    if (type === 'step_completed' || type === 'step_errored') {
      step.status = type === 'step_completed' ? 'completed' : 'failed';
      step.durationSeconds = (at.getTime() - Date.parse(step.startedAt)) / 1000;
    }
  }
  return [...steps.values()];
}
