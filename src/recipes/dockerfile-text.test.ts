import { expect, it } from 'vitest';
import { contextSources, readDockerfile } from './dockerfile-text.ts';

const text = `# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang AS build
# a comment
run --mount=type=cache,target=/c --mount=type=bind,source=go.mod,target=go.mod \\
    # within
    --mount=type=secret,id=x go build

COPY --chown=1:1 ./cmd/ internal/*.go /src/
COPY <<EOF /etc/config
COPY not-this /
EOF
RUN <<-'END'
	ADD nor-this /
	END
ADD ["a b.txt", "/x"]
ADD https://example.com/file git@github.com:x/y.git /
COPY --from=build /out /out
COPY $NAME /package.json /
`;

it('parses instructions with their lines, without comments and here-documents', () => {
  expect(readDockerfile(text).map(({ keyword, line }) => [keyword, line])).toEqual([
    ['FROM', 2],
    ['RUN', 4],
    ['COPY', 8],
    ['COPY', 9],
    ['RUN', 12],
    ['ADD', 15],
    ['ADD', 16],
    ['COPY', 17],
    ['COPY', 18],
  ]);
});

it('finds what is copied from the build context', () => {
  expect(contextSources(readDockerfile(text))).toEqual(['go.mod', 'cmd/', 'internal/*.go', 'a b.txt', 'package.json']);
  expect(contextSources(readDockerfile('COPY . /\nCOPY ./ /x\nCOPY / /y'))).toEqual(['.']);
});

it('parses continued lines with another escape character', () => {
  expect(readDockerfile('# escape=`\nFROM x\nRUN dir C:\\\nCOPY a `\n  b /\n')).toMatchObject([
    { keyword: 'FROM' },
    { keyword: 'RUN', rest: 'dir C:\\' },
    { keyword: 'COPY', rest: expect.stringMatching(/^a +b \/$/) },
  ]);
});

it('terminates for any text', () => {
  for (const odd of ['', 'RUN <<EOF', 'COPY \\', '\\\n\\\n', 'COPY [', 'COPY ["a"', '#', 'FROM\0']) {
    expect(Array.isArray(contextSources(readDockerfile(odd)))).toBe(true);
  }
});
