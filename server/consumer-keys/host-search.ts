import { domainToASCII } from 'node:url';

/**
 * Returns a text as typed, and as a host is stored: `bücher.example:8443` is
 * `xn--bcher-kva.example:8443`.
 */
export function hostSearch(search: string): string[] {
  const [, name = '', port = ''] = /^(.*?)((?::\d*)?)$/s.exec(search) ?? [];
  const ascii = domainToASCII(name);
  return ascii === '' || ascii === name ? [search] : [search, ascii + port];
}
