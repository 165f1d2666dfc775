/** Secret values that must not be found, in every form that a program might give them. */
export interface PlantedSecrets {
  /** Registers a value and returns it, so that it can be planted where it is created. */
  plant(name: string, secret: string): string;
  readonly count: number;
  /** Returns the names of the secrets in these bytes, each with the form in which it was found. */
  foundIn(bytes: Buffer | string): string[];
}

export function plantedSecrets(): PlantedSecrets {
  const planted = new Map<string, string>();
  return {
    plant(name, secret) {
      if (secret.length < 8) throw new Error(`${name} is too short to be told from chance: ${secret}`);
      planted.set(secret, name);
      return secret;
    },
    get count() {
      return planted.size;
    },
    foundIn(bytes) {
      const text =
        typeof bytes === 'string' ? Buffer.from(bytes).toString('latin1') : bytes.toString('latin1');
      const small = text.toLowerCase();
      return [...planted].flatMap(([secret, name]) =>
        formsOf(secret)
          .filter(([form, needle]) => (form === 'hex' ? small : text).includes(needle))
          .map(([form]) => `${name} ${form}`),
      );
    },
  };
}

function formsOf(secret: string): [form: string, needle: string][] {
  const bytes = Buffer.from(secret);
  // In base64 three bytes are four letters, so the offset of the text decides its letters.
  const aligned = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(before === 0 ? 0 : before + 1, bytes.length % 3 === 0 ? undefined : -1);
  });
  return [
    ['in clear text', bytes.toString('latin1')],
    ['URL-encoded', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['hex', bytes.toString('hex')],
    ['reversed', bytes.reverse().toString('latin1')],
    ...aligned.map((needle): [string, string] => ['base64', needle]),
    ...aligned.map((needle): [string, string] => [
      'base64url',
      needle.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
}
