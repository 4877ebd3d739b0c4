/** Secrets in use, so that no text of a server that repeats them reaches an error. */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** Remembers a secret with the forms in which servers and proxies are apt to repeat it. */
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
