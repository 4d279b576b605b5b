/** A batch as it comes to the Edge Function's handler, whose caller has been let in already. */
export function requestWith(body: string): Request {
  return new Request('http://function/', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}
