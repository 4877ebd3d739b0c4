// The lab's private git server, and a plain file server beside it. Run as a daemon: node server.mjs CONFIG.json
//
// HTTPS: every repository of the folder, by git's own http-backend, for the user `x-access-token` with the token.
//   /NAME.git         allows to fetch any commit by its SHA
//   /strict/NAME.git  refuses that, as some private servers do (protocol v0, tips of branches and tags only)
//   /health           this server's version, for everybody
// HTTP: the files of the public folder.
import { spawn } from 'node:child_process';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join, normalize } from 'node:path';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const realm = { 'www-authenticate': 'Basic realm="lab"' };

for (const address of config.addresses) {
  const tls = { key: readFileSync(config.keyFile), cert: readFileSync(config.certificateFile) };
  createHttpsServer(tls, serveGit).listen(config.httpsPort, address);
  createHttpServer(serveFile).listen(config.httpPort, address);
}

function serveGit(request, response) {
  logWhenDone(request, response);
  const url = new URL(request.url, 'https://lab');
  if (url.pathname === '/health') return respond(response, 200, config.version);
  if (!isAuthorized(request)) return respond(response, 401, 'a token is needed\n', realm);
  const strict = url.pathname.startsWith('/strict/');
  const path = strict ? url.pathname.slice('/strict'.length) : url.pathname;
  runBackend(request, response, backendEnvironment(request, url, path, strict));
}

function isAuthorized(request) {
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return false;
  // Read for each request: a test may change the token.
  const expected = `x-access-token:${readFileSync(config.tokenFile, 'utf8').trim()}`;
  return timingSafeEqual(hash(Buffer.from(encoded, 'base64')), hash(expected));
}

function hash(value) {
  return createHash('sha256').update(value).digest();
}

/** https://git-scm.com/docs/git-http-backend and RFC 3875 */
function backendEnvironment(request, url, path, strict) {
  const any = String(!strict);
  const settings = [
    ['uploadpack.allowAnySHA1InWant', any],
    ['uploadpack.allowReachableSHA1InWant', any],
    ['uploadpack.allowTipSHA1InWant', any],
    ['uploadpack.allowFilter', any],
    ['safe.directory', '*'],
  ];
  const headers = request.headers;
  return {
    PATH: process.env.PATH,
    GIT_PROJECT_ROOT: config.repositoriesFolder,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], n) => [
        [`GIT_CONFIG_KEY_${n}`, key],
        [`GIT_CONFIG_VALUE_${n}`, value],
      ]),
    ),
    ...(strict ? {} : { GIT_PROTOCOL: headers['git-protocol'] ?? '' }),
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(path),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: headers['content-type'] ?? '',
    ...(headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: headers['content-length'] }),
    ...(headers['content-encoding'] === undefined ? {} : { HTTP_CONTENT_ENCODING: headers['content-encoding'] }),
    REMOTE_USER: 'x-access-token',
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    SERVER_PROTOCOL: 'HTTP/1.1',
  };
}

function runBackend(request, response, env) {
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  backend.on('error', () => respond(response, 500, 'git http-backend does not start\n'));
  backend.stdin.on('error', () => undefined); // It may answer without reading to the end.
  request.pipe(backend.stdin);
  response.on('close', () => backend.kill());
  let head = Buffer.alloc(0);
  const readHead = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    backend.stdout.off('data', readHead);
    writeHead(response, head.subarray(0, end).toString());
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
  backend.on('close', () => {
    if (!response.headersSent) respond(response, 500, 'git http-backend gave no answer\n');
  });
}

function writeHead(response, head) {
  const fields = head
    .split('\r\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  const status = fields.find(([name]) => name.toLowerCase() === 'status');
  const others = fields.filter((field) => field !== status);
  response.writeHead(status ? Number.parseInt(status[1], 10) : 200, Object.fromEntries(others));
}

function serveFile(request, response) {
  logWhenDone(request, response);
  const path = normalize(decodeURIComponent(new URL(request.url, 'http://lab').pathname));
  const file = createReadStream(join(config.publicFolder, path));
  file.on('open', () => response.writeHead(200, { 'content-type': 'application/octet-stream' }));
  file.on('error', () => respond(response, 404, 'no such file\n'));
  file.pipe(response);
}

function respond(response, status, text, headers = {}) {
  if (response.headersSent) return response.end();
  response.writeHead(status, { 'content-type': 'text/plain', ...headers });
  response.end(text);
}

/** One line a request, without its headers: `2026-01-31T10:00:00.000Z GET /a.git/info/refs?service=... 200 1234` */
function logWhenDone(request, response) {
  const sentBefore = request.socket.bytesWritten;
  response.on('close', () => {
    const sent = request.socket.bytesWritten - sentBefore;
    process.stdout.write(
      `${new Date().toISOString()} ${request.method} ${request.url} ${response.statusCode} ${sent}\n`,
    );
  });
}
