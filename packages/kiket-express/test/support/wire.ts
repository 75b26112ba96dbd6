import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as bytes, however wrong. */
export interface WireRequest {
  method?: string;
  path?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
}

/** What came back. */
export interface WireAnswer {
  status: number;
  /** Status line and headers. */
  head: string;
  /** Parsed, or `undefined` if there is none. */
  body: unknown;
}

/** Writes a request with exactly these headers; `Content-Length` is added unless they say how long the body is. */
export function wireBytes({ method = 'POST', path = '/webhook', headers = {}, body = '' }: WireRequest): Buffer {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const saysLength = names.includes('content-length') || names.includes('transfer-encoding');
  const length = saysLength ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ Host: 'guardian', Connection: 'close', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.concat([
    Buffer.from(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`),
    Buffer.from(body),
  ]);
}

/** Opens a connection that ends with the test. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // A connection that is cut is what these tests are about.
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** Reads all that comes back until the other side closes. */
export async function readAnswer(socket: Socket): Promise<WireAnswer> {
  const received = await text(socket);
  const end = received.indexOf('\r\n\r\n');
  const head = received.slice(0, end);
  const body = received.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  return { status, head, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
}

/** Sends bytes over a connection of their own and reads what comes back. */
export async function exchange(port: number, bytes: string | Buffer): Promise<WireAnswer> {
  const socket = await openSocket(port);
  socket.write(bytes);
  return readAnswer(socket);
}
