/** A form of a page as a browser would parse it. */
export interface HtmlForm {
  readonly action: string;
  readonly method: string;
  /**
   * Fields with the values that a browser would send, without buttons. Of boxes, only ticked ones with a
   * name of their own.
   */
  readonly fields: Readonly<Record<string, string>>;
  /** Values of the boxes that are not ticked. */
  readonly unticked: readonly { readonly name: string; readonly value: string }[];
  readonly ticked: readonly { readonly name: string; readonly value: string }[];
  readonly buttons: readonly {
    readonly classes: readonly string[];
    readonly formaction: string | undefined;
  }[];
}

/**
 * Returns every form of a page. Parses only what our templates write: attributes in double quotes,
 * escaped values.
 */
export function htmlForms(html: string): HtmlForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', body = '']) => {
    const inputs = tags(body, 'input');
    const boxes = inputs.filter((input) => input['type'] === 'checkbox');
    const boxValues = (wanted: boolean) =>
      boxes
        .filter((box) => 'checked' in box === wanted)
        .map((box) => ({ name: box['name'] ?? '', value: box['value'] ?? '' }));
    const isSent = (input: Record<string, string>) =>
      input['type'] === 'radio'
        ? 'checked' in input
        : input['type'] !== 'checkbox' ||
          ('checked' in input && boxes.filter(({ name }) => name === input['name']).length === 1);
    return {
      action: attributes(head)['action'] ?? '',
      method: (attributes(head)['method'] ?? 'get').toLowerCase(),
      fields: Object.fromEntries([
        ...inputs
          .filter(isSent)
          .map((input): [string, string] => [input['name'] ?? '', input['value'] ?? '']),
        ...selected(body),
      ]),
      unticked: boxValues(false),
      ticked: boxValues(true),
      buttons: tags(body, 'button').map((button) => ({
        classes: (button['class'] ?? '').split(' '),
        formaction: button['formaction'],
      })),
    };
  });
}

/** Returns the names and values of the lists: the selected option, or the first. */
function selected(html: string): [string, string][] {
  return [...html.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)].map(([, head = '', body = '']) => {
    const options = tags(body, 'option');
    const chosen = options.find((option) => 'selected' in option) ?? options[0];
    return [attributes(head)['name'] ?? '', chosen?.['value'] ?? ''];
  });
}

/** Returns the form with a field of this name. */
export function formWith(html: string, field: string): HtmlForm {
  const form = htmlForms(html).find(({ fields }) => field in fields);
  if (!form) throw new Error(`no form with ${field} in: ${textOf(html)}`);
  return form;
}

/** Returns the URL of the link with this class. */
export function linkHref(html: string, className: string): string | undefined {
  return tags(html, 'a').find((link) => (link['class'] ?? '').split(' ').includes(className))?.['href'];
}

/** Returns the texts of the elements with this class, which contain no element of their own kind. */
export function elementTexts(html: string, className: string): string[] {
  const element = new RegExp(
    `<(\\w+) class="(?:[^"]* )?${className}(?: [^"]*)?"[^>]*>([\\s\\S]*?)</\\1>`,
    'g',
  );
  return [...html.matchAll(element)].map(([, , inner = '']) => textOf(inner));
}

/** Returns the text that a person reads, with white space collapsed. */
export function textOf(html: string): string {
  const visible = html.replace(/<head>[\s\S]*<\/head>/, '').replace(/<[^>]*>/g, ' ');
  return unescaped(visible).replace(/\s+/g, ' ').trim();
}

export function titleOf(html: string): string {
  return unescaped(/<title>([\s\S]*?)<\/title>/.exec(html)?.[1] ?? '');
}

function tags(html: string, name: string): Record<string, string>[] {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, text = '']) => attributes(text));
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].map(([, name = '', value = '']) => [
      name,
      unescaped(value),
    ]),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', nbsp: ' ' };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (entity, code?: string, name?: string) =>
    code === undefined ? (ENTITIES[name ?? ''] ?? entity) : String.fromCodePoint(Number(code)),
  );
}
