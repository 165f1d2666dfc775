import * as z from 'zod';
import { oneOf, whole, wholeIfSet } from './problems';

/** Logs, metrics and the graceful stop. */
export interface OperationsConfig {
  readonly logLevel: LogLevel;
  /** `undefined`: readable on a terminal, JSON otherwise. */
  readonly logFormat: LogFormat | undefined;
  /** Where Prometheus reads. `undefined`: metrics are off. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly stop: {
    /**
     * How long the server still accepts requests after SIGTERM, while `/readyz` already answers
     * 503.
     */
    readonly delayMs: number;
    /** How long requests in progress may take after that delay. */
    readonly deadlineMs: number;
  };
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const LOG_FORMATS = ['json', 'pretty'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

/** The variables of this group. */
export const operationsVariables = {
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  LOG_FORMAT: oneOf(LOG_FORMATS).optional(),
  METRICS_PORT: wholeIfSet(0, 65535).optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  STOP_DELAY_SECONDS: whole(0, 0, 600),
  STOP_DEADLINE_SECONDS: wholeIfSet(1, 3_600).optional(),
};

type Values = z.output<z.ZodObject<typeof operationsVariables>>;

/**
 * Reads the variables of this group. `longestRequestMs` is the time that the slowest request, a
 * callback delivery, may take.
 */
export function readOperations(values: Values, longestRequestMs: number): OperationsConfig {
  const { METRICS_PORT: metricsPort, STOP_DEADLINE_SECONDS: deadline } = values;
  return {
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    metrics: metricsPort === undefined ? undefined : { host: values.METRICS_HOST, port: metricsPort },
    stop: {
      delayMs: values.STOP_DELAY_SECONDS * 1000,
      deadlineMs: deadline === undefined ? longestRequestMs + 5_000 : deadline * 1000,
    },
  };
}
