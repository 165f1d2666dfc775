import type { ApiRequest, Warning } from './store';

/** Collects what a store saw. `noteWarnings` keeps each warning once. */
export function storeLog(hooks: {
  readonly noteRequest?: (request: ApiRequest) => void;
  readonly noteWarning?: (warning: Warning) => void;
}) {
  const requests: ApiRequest[] = [];
  const warnings: Warning[] = [];
  return {
    requests,
    warnings,
    noteRequest: (request: ApiRequest): void => {
      requests.push(request);
      hooks.noteRequest?.(request);
    },
    noteWarnings: (noted: readonly Warning[]): void => {
      for (const warning of noted) {
        if (warnings.some(({ code, message }) => code === warning.code && message === warning.message))
          continue;
        warnings.push(warning);
        hooks.noteWarning?.(warning);
      }
    },
    forget(): void {
      requests.length = 0;
      warnings.length = 0;
    },
  };
}
