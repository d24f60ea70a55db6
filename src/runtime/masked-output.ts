import pino, { type DestinationStream } from 'pino';

/**
 * Stdout for log lines, without these texts. Nothing of ours logs a secret; this is for what others quote back to us (a
 * server that repeats its request in an error, a library that puts an address into its message).
 */
export function maskedOutput(
  secrets: readonly string[],
  output: DestinationStream = pino.destination({ fd: 1, sync: true }),
): DestinationStream {
  return {
    write(line) {
      let shown = line;
      for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, '[secret]');
      output.write(shown);
    },
  };
}
