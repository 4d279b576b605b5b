/** A problem that the person at the keyboard can solve: its message is one line, says what to do, and is shown without a stack. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
