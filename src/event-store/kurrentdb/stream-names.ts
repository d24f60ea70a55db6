/** How our streams are called in the store. */
export interface StreamNames {
  /** What all of them begin with there. */
  readonly prefix: string;
  toStore(stream: string): string;
  /** Null for a stream that is not ours. */
  fromStore(name: string): string | null;
}

/** What all streams of a ledger begin with. */
export const defaultPrefix = 'pushledger.';

/** @param prefix another one keeps ledgers apart that share a server */
export function streamNames(prefix: string): StreamNames {
  return {
    prefix,
    toStore(stream) {
      if (!stream.startsWith(defaultPrefix))
        throw new TypeError(`stream ${stream} does not begin with ${defaultPrefix}`);
      return prefix + stream.slice(defaultPrefix.length);
    },
    fromStore: (name) => (name.startsWith(prefix) ? defaultPrefix + name.slice(prefix.length) : null),
  };
}
