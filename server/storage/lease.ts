/**
 * A process's claim to be alive, so that others can tell the leftovers of a dead process from the work of a living one.
 * The claim is a lock that falls the moment its holder dies, however it dies; a process number could be another's by then,
 * and a heartbeat would have to be waited for.
 */
export interface Lease {
  readonly id: string;
  /** Makes the claim. What follows may be left undone by a death. */
  take(): Promise<void>;
  /** Whether the process that held this lease is gone. */
  isGone(id: string): Promise<boolean>;
  /** Does `work` while no other process does any under this name; `undefined`, with nothing done, when one does. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
}
