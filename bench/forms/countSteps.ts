/** How many steps the local engine has run for an instance; null where they are too many for it to list. */
export async function countSteps(workerUrl: string, workflow: string, instanceId: string): Promise<number | null> {
  const url = `${workerUrl}/cdn-cgi/local/explorer/api/workflows/${workflow}/instances/${instanceId}`;
  const { result } = (await (await fetch(url)).json()) as { result: { steps: { type: string }[] } | null };
  return result && result.steps.filter(({ type }) => type === 'step').length;
}
