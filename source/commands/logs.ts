import { openArchive } from '../logs/archive-read.ts';
import { createMatcher } from '../logs/finder-matcher.ts';
import { StackError } from '../stack/errors.ts';
import { readArchive } from './logs-archived.ts';
import { checked, chosen, createSources, type LogsOptions, whenAborted } from './logs-choice.ts';
import { readLive } from './logs-live.ts';
import { openOutput } from './logs-output.ts';
import { createPrinter } from './logs-printer.ts';
import { createSelection, levelsInPassing } from './logs-select.ts';
import { jsonFormat, textFormat } from './logs-text.ts';
import { parseSince } from './logs-words.ts';

/**
 * `paws-top logs`: lines of services in the order of time, of the engine or of an archive. Exits 0 when there is nothing more,
 * or nobody reads any more, 130 when interrupted, 1 when a log could not be read or `--grep` takes too long on a line.
 */
export async function logs(options: LogsOptions): Promise<number> {
  const { flags, stdout, color, say, interrupted } = options;
  const output = openOutput(stdout);
  const failure = Promise.withResolvers<never>();
  const ended = AbortSignal.any([interrupted, output.closed]);
  const sources = createSources();
  const matcher = flags.grep === undefined ? null : createMatcher(flags.grep);
  const terminal = stdout.isTTY === true;
  let hold: (source: number, on: boolean) => void = () => {};
  const printer = createPrinter({
    selection: createSelection({
      level: flags.level ?? null,
      test: matcher?.test ?? null,
      context: flags.context,
    }),
    format: flags.json
      ? jsonFormat(sources)
      : textFormat({
          sources,
          color,
          terminal,
          strip: !flags.color,
          timestamps: flags.timestamps,
        }),
    levelOf: flags.level !== undefined || flags.json || color ? levelsInPassing() : null,
    output,
    hold: (source, on) => hold(source, on),
    failed: failure.reject,
  });
  const common = {
    since: flags.since === undefined ? null : parseSince(flags.since, Date.now()),
    tail: flags.tail ?? null,
    printer,
    sourceOf: sources.numberOf,
    say,
    signal: ended,
  };
  try {
    await Promise.race([output.failed, read(), failure.promise, whenAborted(ended)]);
    if (!ended.aborted) await Promise.race([output.failed, output.flushed(), whenAborted(ended)]);
    return interrupted.aborted ? 130 : 0;
  } finally {
    printer.stop();
    matcher?.close();
  }

  async function read(): Promise<void> {
    const reading =
      flags.from === undefined
        ? await readLive({ ...common, ...(await chosen(options)), follow: flags.follow })
        : await fromArchive(flags.from);
    hold = reading.hold;
    const all = await reading.done;
    if (ended.aborted) return;
    await printer.finish();
    if (!all) throw new StackError('rejected', 'not all logs could be read');
  }

  async function fromArchive(dir: string): Promise<ReturnType<typeof readArchive>> {
    const archive = await openArchive(dir);
    const { foreign } = archive;
    if (foreign.length > 0) say(`left out, not of an archive: ${listed(foreign)}`);
    if (archive.sources.length === 0) throw new StackError('precondition', `no logs are archived in ${dir}`);
    const services = checked(
      options.services,
      archive.sources.map(({ service }) => service),
    );
    return readArchive({ ...common, archive, services });
  }
}

function listed(names: readonly string[]): string {
  const few = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${few} and ${names.length - 5} more` : few;
}
