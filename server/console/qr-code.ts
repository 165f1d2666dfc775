/**
 * Returns a QR code of `ck_…|cs_…`, which WooCommerce's mobile apps read, as a `data:` URL. The
 * pair stays on this server.
 */
export async function pairQrCode(pair: { consumerKey: string; consumerSecret: string }): Promise<string> {
  // Loaded with the first code: a server starts without it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { toString } = require('qrcode') as typeof import('qrcode');
  const svg = await toString(`${pair.consumerKey}|${pair.consumerSecret}`, {
    type: 'svg',
    errorCorrectionLevel: 'M',
    margin: 2,
  });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
