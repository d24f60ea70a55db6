import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * JSON lines on stdout. Header values that authenticate are redacted wherever a request is logged;
 * configuration is never logged at all.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [
        '*.headers.authorization',
        '*.headers.cookie',
        '*.headers["x-gitea-signature"]',
        '*.headers["x-hub-signature"]',
        '*.headers["x-hub-signature-256"]',
      ],
      censor: '[redacted]',
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
