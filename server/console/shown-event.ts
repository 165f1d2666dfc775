import { describeEvent } from '../administration/described-event';
import { isFailure, type RecordedEvent } from '../audit/audit-events';
import type { Messages } from '../pages/messages';
import type { ShownEvent } from './history-page';

/** Returns an event of the history as the page shows it. */
export function showEvent(entry: RecordedEvent, messages: Messages, basePath: string): ShownEvent {
  const { event, at, address, keyId } = entry;
  return {
    event,
    at: new Date(at),
    ...describeEvent(entry, messages),
    ...(address === undefined ? {} : { address }),
    ...(keyId === undefined ? {} : { keyId, keyHref: `${basePath}/keys/${keyId}` }),
    failed: isFailure(event),
  };
}
