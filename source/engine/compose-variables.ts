export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Fills in variables as Compose does (compose-spec, interpolation): `$X`, `${X}`, `${X-default}`, `${X:-default}`, `$$`.
 * A required one (`${X:?why}`) that is not given becomes empty: whether it is there is not asked here.
 */
export function interpolate(text: string, variables: Variables): string {
  return text.replace(
    /\$(?:(\$)|(\w+)|\{(\w+)(?:(:?)([-+?])([^}]*))?\})/g,
    (_, dollar, bare, name, colon, kind, word) => {
      if (dollar !== undefined) return '$';
      const value = variables[bare ?? name];
      const given = value !== undefined && !(colon === ':' && value === '');
      if (kind === '-') return given ? value : word;
      if (kind === '+') return given ? word : '';
      return value ?? '';
    },
  );
}

/** The variable's name if the text is nothing but one variable. */
export function onlyVariable(text: string): string | null {
  return /^\$(?:(\w+)|\{(\w+)[^}]*\})$/.exec(text)?.slice(1).find(Boolean) ?? null;
}
