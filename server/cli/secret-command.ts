import { examples } from './help';
import { Command } from 'commander';
import { rotateSecretKey, type Rotation } from '../consumer-keys/rotate-secret-key';
import { piecePrinter } from './progress';
import { print, withStore } from './store-command';

/** Returns the command `wc-auth secret …`. */
export function secretCommands(): Command {
  const secret = new Command('secret')
    .description('the secret key, which encrypts consumer secrets')
    .addHelpText('after', examples('secret rotate'));
  secret
    .command('rotate')
    .description('encrypt all consumer secrets with a new secret key, while servers run')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples('secret rotate'))
    .action((options: { json?: boolean }, command: Command) => {
      const show = piecePrinter(command);
      return withStore(async ({ database, secretKey, secretSealing }) => {
        const rotation = await rotateSecretKey(database, secretKey, secretSealing, (count) => {
          show(() => `Consumer secrets encrypted so far: ${count}`);
        });
        const { keyId, resealed, damaged, oldKeysFile } = rotation;
        print(
          options,
          { secret_key_id: keyId, resealed, damaged, old_keys_file: oldKeysFile ?? null },
          `Encrypted ${resealed} consumer secret${resealed === 1 ? '' : 's'} with the key ${keyId}.`,
          ...nextStep(rotation, secretKey.file),
        );
        if (damaged.length > 0) process.exitCode = 1;
      })(command);
    });
  return secret;
}

function nextStep({ damaged, oldKeysFile }: Rotation, file: string | undefined): string[] {
  if (damaged.length > 0)
    return [
      `The secrets of these keys cannot be decrypted: ${damaged.join(', ')}. Revoke the keys, and run this command again.`,
      'Do not remove the old secret key before that.',
    ];
  const keep = 'Keep the old key for the backups that were made until now.';
  if (file === undefined) return [`You can remove SECRET_KEY_PREVIOUS. ${keep}`];
  return oldKeysFile === undefined ? [] : [`The old key is now in ${oldKeysFile}.`, keep];
}
