// What the Data API says of the token that a key stands for. Supabase's gateway makes that token of a secret key for each call, so
// a right key may be refused for the gateway's sake: https://github.com/supabase/supabase/issues/50651.

const SEE_SUPABASE =
  "that is no sign of a wrong key: see Supabase's status page, and if nothing is told there, open a case with Supabase";

/** By code: what a person has to do when it is said again and again. */
export const KEY_FAULTS: Record<string, string> = {
  PGRST300: 'the Data API has no secret to check keys with: see the JWT keys of the project, and restart it',
  PGRST301: `the Data API could not read the token that Supabase's gateway makes of the key; ${SEE_SUPABASE}`,
  PGRST302: `the call came to the Data API without the token that Supabase's gateway makes of the key; ${SEE_SUPABASE}`,
  PGRST303: `the Data API did not take the token that Supabase's gateway makes of the key, as where the clocks of the two differ; ${SEE_SUPABASE}`,
};
