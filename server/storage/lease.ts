/**
 * A process's claim to be alive. With it, other processes can tell the leftovers of a dead process
 * from the work of a living one.
 *
 * The claim is a lock that ends when its holder dies, in whatever way. A process number could
 * belong to another process by then, and a heartbeat would have to time out.
 */
export interface Lease {
  readonly id: string;
  /** Takes the lease. Work that starts afterwards may stay unfinished if the process dies. */
  take(): Promise<void>;
  /** Returns whether the process that held this lease is gone. */
  isGone(id: string): Promise<boolean>;
  /**
   * Returns which process holds a lease, in words for an operator, or `undefined` if the system does not
   * tell.
   */
  holder(id: string): Promise<string | undefined>;
  /**
   * Runs `work` if no other process runs work under this name. Otherwise returns `undefined` and
   * does nothing.
   */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
}
