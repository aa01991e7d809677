type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Whether the terminal takes UTF-8. POSIX: the first of LC_ALL, LC_CTYPE and LANG that is set tells the character set.
 * macOS leaves them unset in some terminals and is UTF-8 all the same.
 */
export function isUtf8(env: Variables, platform: string): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined ? platform === 'darwin' : /utf-?8/i.test(locale);
}
