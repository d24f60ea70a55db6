import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ConnectionSettings, describeEndpoint, type Endpoint } from './connection-string.ts';

/** Says in a few words how far a connection to a node gets, below the protocol. */
export async function probe(
  host: Endpoint,
  settings: ConnectionSettings,
  timeoutMs: number,
): Promise<string> {
  const name = describeEndpoint(host);
  const tcp = await attempt(() => connectTcp(host.port, host.address), 'connect', timeoutMs);
  if (tcp.how === 'failed') return `${name} ${wordsOf(tcp.code, tcp.message)}`;
  if (tcp.how === 'silent') return `${name} does not answer (no connection within ${timeoutMs} ms)`;
  const tls = await attempt(() => connectTls(tlsOptions(host, settings)), 'secureConnect', timeoutMs);
  if (settings.tls) {
    if (tls.how === 'failed') return `${name}: ${tlsWordsOf(tls.code, tls.message)}`;
    if (tls.how === 'silent') return `${name} takes connections, but does not answer the TLS handshake`;
  } else if (tls.how === 'done') {
    return `${name} expects TLS: take tls=false away and put user:password@ before the host`;
  }
  return `${name} takes connections, but does not answer as an event store`;
}

type Attempt =
  | { readonly how: 'done' | 'silent' }
  | { readonly how: 'failed'; readonly code: string; readonly message: string };

function attempt(open: () => Socket, success: string, timeoutMs: number): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = open();
    const settle = (result: Attempt) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => settle({ how: 'silent' }));
    socket.once(success, () => settle({ how: 'done' }));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle({ how: 'failed', code: error.code ?? '', message: error.message }),
    );
  });
}

function tlsOptions({ address, port }: Endpoint, settings: ConnectionSettings) {
  return {
    host: address,
    port,
    ALPNProtocols: ['h2'],
    // Without TLS in the settings it only matters whether the node speaks it.
    rejectUnauthorized: settings.tls,
    ...(settings.certificateAuthority && { ca: settings.certificateAuthority }),
  };
}

function wordsOf(code: string, message: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refuses connections: is the store running, and is this its port?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `cannot be found: DNS does not know the name (${code})`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `cannot be reached from here (${code})`;
    default:
      return `cannot be connected to: ${message}`;
  }
}

function tlsWordsOf(code: string, message: string): string {
  switch (code) {
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `TLS: its certificate is signed by an authority that is not trusted here; give that authority as tlsCAFile=PATH (${code})`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `TLS: its certificate is for another name (${message})`;
    case 'CERT_HAS_EXPIRED':
      return 'TLS: its certificate has expired';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ECONNRESET':
    case 'EPROTO':
      return `TLS: it does not speak TLS; write tls=false for an insecure node (${code})`;
    default:
      return `TLS: ${message}`;
  }
}
