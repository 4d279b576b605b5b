/** How many steps the local engine has run for an instance. */
export async function countSteps(workerUrl: string, workflow: string, instanceId: string): Promise<number> {
  const url = `${workerUrl}/cdn-cgi/local/explorer/api/workflows/${workflow}/instances/${instanceId}`;
  const { result } = (await (await fetch(url)).json()) as { result: { steps: { type: string }[] } };
  return result.steps.filter(({ type }) => type === 'step').length;
}
