// One part of what is looked at: its fault is its own.
import { failed, type Finding, notLookedAt } from './finding.ts';
import { inTime } from './inTime.ts';

/** What takes too long, or throws, is told in the first of the lines, and the others are not looked at. */
export async function part(checks: readonly string[], work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await inTime(work);
  } catch (error) {
    const [first, ...others] = checks;
    return [failed(first!, error), ...others.map((check) => notLookedAt(check, 'what comes before it failed'))];
  }
}
