import { Command } from 'commander';
import { rotateSecretKey } from '../consumer-keys/rotate-secret-key';
import { print, withStore } from './store-command';

/** `wc-auth secret …` */
export function secretCommands(): Command {
  const secret = new Command('secret').description('the secret key, which encrypts consumer secrets');
  secret
    .command('rotate')
    .description('encrypt every consumer secret with a new secret key, while servers run')
    .option('--json', 'print the result as JSON')
    .action(
      withStore(async ({ database, secretKey, secretSealing }, options: { json?: boolean }) => {
        const { keyId, resealed, damaged, oldKeysFile } = await rotateSecretKey(
          database,
          secretKey,
          secretSealing,
        );
        const was = `Sealed ${resealed} consumer secret${resealed === 1 ? '' : 's'} with the key ${keyId}.`;
        const old = secretKey.file === undefined ? 'You can remove SECRET_KEY_PREVIOUS' : undefined;
        print(
          options,
          { secret_key_id: keyId, resealed, damaged, old_keys_file: oldKeysFile ?? null },
          was,
          damaged.length > 0
            ? `The secrets of these keys cannot be opened: ${damaged.join(', ')}. The old key stays until they are revoked; then run this again.`
            : `${old ?? `The old key is in ${oldKeysFile ?? 'no file any more'}`}. Backups made until now need the old key.`,
        );
        if (damaged.length > 0) process.exitCode = 1;
      }),
    );
  return secret;
}
