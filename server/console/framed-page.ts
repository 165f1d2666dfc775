import type { FieldText, MessageText } from '../errors/message-text';
import type { Frame } from './console-access';

/** What every page of the console has. */
export interface Framed {
  readonly frame: Frame;
  /** The change that was just made (role status). */
  readonly notice?: MessageText;
  /** Why a form was rejected (role alert), and the field that this is about. */
  readonly error?: FieldText;
}
