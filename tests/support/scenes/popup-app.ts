import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The site of an app that opens the grant in a popup. */
export interface PopupApp {
  /** Its origin. The page there keeps in `seen` what it hears, and its function `connect` opens the popup. */
  readonly url: string;
  /** The page that the grant returns to. In a popup it tells the app's page its query, and closes. */
  readonly returnUrl: string;
  stop(): Promise<void>;
}

const OPENER = `<!doctype html><title>App</title><script>
  const seen = [];
  addEventListener('message', (event) => seen.push(event.data));
  function connect(url) {
    const popup = open(url);
    const timer = setInterval(() => {
      if (!popup.closed) return;
      seen.push('closed');
      clearInterval(timer);
    }, 20);
  }
</script>`;
const RETURN_PAGE = `<!doctype html><title>Done</title><script>
  if (opener) {
    opener.postMessage(location.search, '*');
    close();
  }
</script>`;

/** Starts the app. `host` is the name in its addresses: `localhost` is another site than `127.0.0.1`. */
export async function startPopupApp(host = '127.0.0.1'): Promise<PopupApp> {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(request.url?.startsWith('/done') ? RETURN_PAGE : OPENER);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    returnUrl: `${url}/done`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
