import { dumpLexer } from './dump-lexer';
import { dumpSession } from './dump-session';
import { dumpStatements } from './dump-statements';
import { ImportError, type ReadOptions, type SourceContents } from './source';

const LONGEST_TEXT = 64 * 1024 * 1024;

/**
 * Reads an SQL dump of MySQL or MariaDB.
 *
 * @throws ImportError
 */
export async function readDump(
  chunks: AsyncIterable<Buffer>,
  { wanted, take }: Pick<ReadOptions, 'wanted' | 'take'>,
  { longestText = LONGEST_TEXT } = {},
): Promise<SourceContents> {
  const session = dumpSession();
  const statements = dumpStatements({
    session,
    wanted,
    take,
    skip: () => lexer.skip(),
    drop: (isDropped) => lexer.drop(isDropped),
    fail(reason) {
      throw new ImportError(`Line ${lexer.line()} ${reason}.`);
    },
  });
  const lexer = dumpLexer({
    reader: statements.reader,
    comment: (text) => statements.comment(text),
    hasEscapes: session.hasEscapes,
    ended: () => statements.next(),
    longestText,
  });
  for await (const chunk of chunks) lexer.feed(chunk);
  lexer.finish();
  return statements.finish();
}
