import type { Command } from 'commander';
import { examples } from './help';
import { days, overlapOption } from './key-limit-options';
import { endSentence, findKey, keyId, lostSecret, OVERTAKEN, pairLines, viewKey, viewPair } from './key-view';
import { BY_COMMAND_LINE, print, printSecret, withStore } from './store-command';
import { utcDateTime } from '../consumer-keys/description';

/** Adds the commands that let a key live longer, and that replace it. */
export function addKeyReplaceCommands(command: (name: string, description: string) => Command): void {
  command('extend', 'let a key end later; also up to 30 days after it ended')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .requiredOption('--days <number>', 'how many days later, counted from now if it has ended', days)
    .addHelpText('after', examples('keys extend 1 --days 90'))
    .action(
      withStore(async (context, id: number, options: { days: number; json?: boolean }) => {
        const { key, owner } = await findKey(context, id);
        const outcome = await context.keyAdministration.extend(key, owner, options.days, BY_COMMAND_LINE);
        if (outcome === 'overtaken') throw new Error(OVERTAKEN);
        const { key: extended } = await findKey(context, id);
        const ends = utcDateTime(extended.limits.expiresAt ?? 0);
        print(options, await viewKey(context, extended, owner), `Key ${id} ends on ${ends} UTC.`);
      }),
    );

  command('replace', 'give its holder a new key and secret; the old ones work for some more days')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .addOption(overlapOption())
    .addHelpText(
      'after',
      examples('keys replace 1', 'keys replace 1 --overlap 30d', 'keys replace 1 --overlap 0'),
    )
    .action(
      withStore(async (context, id: number, options: { overlap: number; json?: boolean }) => {
        const { key, owner } = await findKey(context, id);
        const { keyAdministration } = context;
        const issued = await keyAdministration.replace(key, owner, options.overlap, BY_COMMAND_LINE);
        if (typeof issued === 'string') throw new Error(OVERTAKEN);
        const old = await context.consumerKeys.find(id);
        const ends = options.overlap === 0 ? null : (old?.limits.expiresAt ?? null);
        const line =
          ends === null
            ? `Replaced key and secret of key ${id}; the old ones do not work any more.`
            : `Created key ${issued.keyId} in place of key ${id}, which works until ${utcDateTime(ends)} UTC.${endSentence(key.limits, `Key ${issued.keyId}`)}`;
        await printSecret(
          options,
          {
            ...viewPair(issued, key),
            replaces: id,
            old_key_expires: ends === null ? null : new Date(ends).toISOString(),
          },
          [`${line} The secret is not shown again.`, ...pairLines(issued)],
          lostSecret(issued),
        );
      }),
    );
}
