import { setTimeout as wait } from 'node:timers/promises';
import express, { type Express } from 'express';
import { ANSWERS } from './answers';
import { keyPair, type Connections } from './connections';

/**
 * Returns the endpoint to which stores post keys. Only the store's server calls it, not a browser.
 */
export function callbackApp(connections: Connections): Express {
  const app = express();
  app.disable('x-powered-by');
  app.post('/callback/:id', express.json({ limit: '16kb' }), async (request, response) => {
    const connection = connections.find(request.params.id);
    if (!connection) return void response.sendStatus(404);
    connection.posts += 1;
    const posted = keyPair.safeParse(request.body);
    if (!posted.success || posted.data.user_id !== connection.wish.user_id)
      return void response.sendStatus(400);
    // One request, one key.
    if (connection.received) return void response.sendStatus(409);
    const { status, afterMs = 0 } = ANSWERS[connection.wish.answer];
    if (status === undefined) return;
    // With any other status, including 201 and 204, the store deletes the key.
    if (status === 302) response.location('/');
    if (status !== 200) return void response.sendStatus(status);
    connection.received = {
      at: new Date(),
      from: request.get('User-Agent') ?? '',
      keyPair: posted.data,
    };
    await wait(afterMs);
    response.sendStatus(200);
  });
  return app;
}
