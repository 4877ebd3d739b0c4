/** Replaces a secret. */
export const censored = '[secret]';

/** Secrets with a recognizable form. */
const forms: readonly RegExp[] = [
  // Our API tokens: the id is not secret.
  /(?<=\bth_[0-9a-z]{12}_)[A-Za-z0-9_-]{43}/g,
  // GitHub: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
  /\bgh[a-z]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  // An Authorization header, from any source; without its name, "basic" may precede ordinary words.
  /(?<=\bauthorization\W{1,6}(?:bearer|basic|token) )[^\s"\\]+/gi,
  /(?<=\b(?:bearer|basic) )[A-Za-z0-9._~+/-]{16,}=*/gi,
  // The password of a URL.
  /(?<=:\/\/[^\s/?#@:"]*:)[^\s/?#@"]+(?=@)/g,
  // The user of a URL without a password, which is then a token.
  /(?<=:\/\/)[^\s/?#@:"]{20,}(?=@)/g,
];

/** Removes secrets: those of a recognizable form, and those in `known`. */
export function redacted(text: string, known: readonly string[]): string {
  const unknown = known.reduce((rest, secret) => rest.replaceAll(secret, censored), text);
  return forms.reduce((rest, form) => rest.replace(form, censored), unknown);
}

/**
 * Secrets of this process without a recognizable form. Very short ones are left out: they would hide ordinary words.
 */
export function secretsOf(
  databaseUrl: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const password = databaseUrl !== undefined && URL.canParse(databaseUrl) ? new URL(databaseUrl).password : '';
  const values = [
    password,
    decoded(password),
    environment['PGPASSWORD'],
    environment['AWS_SECRET_ACCESS_KEY'],
    environment['AWS_SESSION_TOKEN'],
  ];
  return [...new Set(values)].filter((value): value is string => value !== undefined && value.length >= 6);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
