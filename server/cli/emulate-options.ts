import type { ChosenFaults } from './emulate-faults';

/** The options of `wc-auth emulate`, as the emulator's command takes them. */
export interface EmulateOptions {
  readonly port: number;
  readonly http?: boolean;
  readonly name?: string;
  readonly seed?: string;
  readonly fail?: ChosenFaults;
  readonly autoApprove?: boolean;
  readonly allow?: readonly string[];
  readonly strict?: boolean;
  readonly certificates?: string;
  readonly trust?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}
