import type { Warning } from './store';

/** A mistake in the use of the test kit. The message says what to change. */
export class EmulatorError extends Error {
  override readonly name: string = 'EmulatorError';
}

/** The store did not grant or deny. The message has the reason that the page shows. */
export class ConnectError extends EmulatorError {
  override readonly name: string = 'ConnectError';
  /** `status` is that of the page. */
  constructor(
    message: string,
    readonly status: number,
    readonly warnings: readonly Warning[],
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** In strict mode: WooCommerce would reject or change the request. `warnings` says where. */
export class StrictError extends EmulatorError {
  override readonly name: string = 'StrictError';
  constructor(readonly warnings: readonly Warning[]) {
    const list = warnings.map(({ code, message, help }) => `\n- ${code}: ${message} ${help}`).join('');
    super(`WooCommerce would break this request:${list}`);
  }
}
