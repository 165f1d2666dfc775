/** Returns the command that lets a system trust an authority. It is printed, never run. */
export function trustCommand(
  caFile: string,
  platform: NodeJS.Platform,
  exists: (path: string) => boolean,
): string {
  const file = quoted(caFile, platform);
  if (platform === 'darwin')
    return `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${file}`;
  if (platform === 'win32') return `certutil -user -addstore Root ${file}`;
  // Debian, Ubuntu, Alpine; elsewhere p11-kit: Fedora, Arch, openSUSE.
  return exists('/usr/local/share/ca-certificates')
    ? `sudo cp ${file} /usr/local/share/ca-certificates/wc-auth-emulator.crt && sudo update-ca-certificates`
    : `sudo trust anchor --store ${file}`;
}

function quoted(path: string, platform: NodeJS.Platform): string {
  if (/^[\w./:\\@+-]+$/.test(path)) return path;
  return platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
