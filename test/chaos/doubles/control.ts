/** What the campaign says to a double in a process of its own, and what it hears; all of it goes over Node's IPC. */
export interface Question {
  readonly id: number;
  readonly command: string;
  readonly argument?: unknown;
}

export type Told =
  /** It is up. */
  | { readonly port: number }
  | { readonly id: number; readonly answer?: unknown }
  | { readonly id: number; readonly error: string };

export type Commands = Readonly<Record<string, (argument: unknown) => unknown>>;

/** In the double's process: says where it listens, does what it is told, and ends when the campaign is gone. */
export function serveControl(url: string, commands: Commands): void {
  const tell = (told: Told) => process.send?.(told);
  process.on('message', async (question: Question) => {
    const { id, command, argument } = question;
    try {
      const run = commands[command];
      if (!run) throw new Error(`there is no command ${command}`);
      tell({ id, answer: await run(argument) });
    } catch (error) {
      tell({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once('disconnect', () => process.exit());
  tell({ port: Number(new URL(url).port) });
}
