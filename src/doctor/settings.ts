// Each setting by its name and its shape. No value is told.
import { type Settings, SETTING_NAMES } from '../config.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

/** They are at fault for a moment while a secret is being changed, and nothing needs them. */
const MAY_BE_AT_FAULT = /_PREVIOUS$/;

export function checkSettings({ config, given, faults }: Settings): Finding[] {
  return SETTING_NAMES.map((name) => {
    const check = `settings/${name}`;
    const problems = faults.filter(({ setting }) => setting === name).map(({ problem }) => problem);
    if (problems.length > 0) {
      const tell = MAY_BE_AT_FAULT.test(name) ? warn : fail;
      return tell(check, `It ${problems.join('; it ')}.`, adviceOn(name));
    }
    if (given.includes(name)) return ok(check, 'Set, in the form that it has to have.');
    return ok(check, config?.[name] === undefined ? 'Not set, and not needed.' : 'Not set: its default holds.');
  });
}

function adviceOn(name: string): string {
  if (MAY_BE_AT_FAULT.test(name)) return `It is ignored: delete it with \`npx wrangler secret delete ${name}\`.`;
  return `Correct ${name}: README.md, "Settings", says where it stands.`;
}
