import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request } from 'express';
import { auditEntries, csvRow, historyCsv } from '../administration/history-csv';
import { personNamed } from '../administration/person-named';
import { AUDIT_EVENTS, type AuditEventName } from '../audit/audit-events';
import type { AuditFilter, AuditLog } from '../audit/audit-log';
import { PageError } from '../errors/http-errors';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import type { UserService } from '../users/user-service';
import type { ConsoleAccess, Visit } from './console-access';
import { parseId, queryString, queryText } from './console-form';
import type { ConsolePages } from './console-pages';
import { PAGE_SIZE } from './paging';
import { showEvent } from './shown-event';

export interface HistoryRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly audit: AuditLog;
  readonly users: UserService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

/**
 * Returns the routes of the history, as a page and as CSV. Only administrators see sign-ins and
 * accounts of other users.
 */
export function historyRoutes({
  access,
  pages,
  audit,
  users,
  messages,
  storeUrl,
}: HistoryRouteDependencies): Router {
  const router = Router();
  const path = `${storeUrl.basePath}/history`;

  /** Reads the filter. @throws PageError 400 for a value that the form does not offer. */
  async function read(request: Request, { user, isAdministrator }: Visit) {
    const typed = {
      event: queryText(request, 'event') ?? '',
      person: queryText(request, 'person') ?? '',
      app: queryText(request, 'app') ?? '',
      key: queryText(request, 'key') ?? '',
    };
    const keyId = parseId(typed.key);
    const isEvent = typed.event === '' || (AUDIT_EVENTS as readonly string[]).includes(typed.event);
    if (!isEvent || (typed.key !== '' && keyId === undefined)) throw new PageError(400, 'keys.bad_filter');
    const filter: AuditFilter = {
      event: typed.event === '' ? undefined : (typed.event as AuditEventName),
      person: typed.person === '' ? undefined : await personNamed(typed.person, users),
      appName: typed.app || undefined,
      keyId,
      withoutOthersAccounts: isAdministrator ? undefined : user.userId,
    };
    return { typed, filter };
  }

  router.get(
    '/history',
    access.page('manager', async (visit) => {
      const { request, response, frame } = visit;
      const { typed, filter } = await read(request, visit);
      const asked = queryText(request, 'before');
      const before = parseId(asked);
      const inRange = asked === undefined || before !== undefined;
      const found = inRange ? await audit.list(PAGE_SIZE + 1, { ...filter, before }) : [];
      const events = found.slice(0, PAGE_SIZE);
      const last = found.length > PAGE_SIZE ? events.at(-1) : undefined;
      const isOutOfRange = asked !== undefined && events.length === 0;
      const href = (to?: number) => path + queryString({ ...typed, before: to });
      if (isOutOfRange) response.status(404);
      response.send(
        pages.history({
          frame: frame('history'),
          events: events.map((entry) => showEvent(entry, messages, storeUrl.basePath)),
          filter: typed,
          eventNames: AUDIT_EVENTS,
          isFiltered: Object.values(typed).some((value) => value !== ''),
          isOutOfRange,
          csvHref: `${path}.csv${queryString(typed)}`,
          newestHref: href(),
          pager: {
            ...(asked === undefined ? {} : { previousHref: href() }),
            ...(last ? { nextHref: href(last.eventId) } : {}),
          },
        }),
      );
    }),
  );

  router.get(
    '/history.csv',
    access.page('manager', async (visit) => {
      const { request, response } = visit;
      const { filter } = await read(request, visit);
      response.set({
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': 'attachment; filename="history.csv"',
      });
      if (request.method === 'HEAD') return void response.end();
      const rows = Readable.from(cells(filter));
      try {
        await pipeline(rows, historyCsv({ forSpreadsheet: true }), response);
      } catch (error) {
        // The browser closed the connection. That is not a failure of the server.
        if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
      }
    }),
  );

  async function* cells(filter: AuditFilter) {
    for await (const entry of auditEntries(audit, filter)) yield csvRow(entry);
  }
  return router;
}
