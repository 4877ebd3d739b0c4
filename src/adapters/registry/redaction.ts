/** Removes the secrets in use from a server's text, so that no error repeats them. */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** Adds a secret in all forms in which servers and proxies may repeat it. */
  add(secret: string): void {
    if (secret === '') return;
    const forms = [
      secret,
      Buffer.from(secret).toString('base64'),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ];
    for (const form of forms) this.#secrets.add(form);
  }

  apply(text: string): string {
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
  }
}
