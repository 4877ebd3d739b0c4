/** Installs a compiler from Debian's mirror. */
export const fromMirror =
  'apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*';

/** Installs the packages that `pushCompilerBase` put there. */
export const fromBase = 'apt-get install -y --no-install-recommends /packages/*.deb';

/** Files of a repository whose image is expensive to build: it installs a compiler, then compiles a C program. */
export function compiledProgram(base: string, install: string): Record<'Dockerfile' | 'stamp' | 'main.c', string> {
  const dockerfile = `FROM ${base}
COPY stamp /stamp
RUN ${install}
COPY main.c /src/main.c
RUN gcc -O2 -Wall -Werror -o /usr/local/bin/sum /src/main.c && sum
`;
  return { Dockerfile: dockerfile, stamp: '', 'main.c': sumProgram(1) };
}

export function sumProgram(version: number): string {
  const functions = Array.from(
    { length: 200 },
    (_, n) => `static double term${n}(double x) { return ${n}.0 / (x + ${version}.0) + x * ${n + version}.0; }`,
  );
  const calls = functions.map((_, n) => `  sum += term${n}(sum);`);
  return `#include <stdio.h>\n\n${functions.join('\n')}\n\nint main(void) {
  double sum = ${version};
${calls.join('\n')}
  printf("%g\\n", sum);
  return 0;
}
`;
}
