import xterm from '@xterm/headless';

/** A terminal emulator: the screen as a person sees it, and what of it is not as a shell wants it. */
export function emulator(cols: number, rows: number) {
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 });
  let cursorShown = true;
  for (const final of ['h', 'l']) {
    terminal.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
      if (parameters.includes(25)) cursorShown = final === 'h';
      return false;
    });
  }
  return {
    write: (data: string | Uint8Array, done: () => void) => terminal.write(data, done),
    resize: (columns: number, lines: number) => terminal.resize(columns, lines),
    /** What the terminal answers to questions of the program's, such as for its status. */
    onReply: (listener: (data: string) => void) => {
      terminal.onData(listener);
    },
    text(): string {
      const { active } = terminal.buffer;
      const lines = Array.from({ length: terminal.rows }, (_, row) =>
        (active.getLine(active.viewportY + row)?.translateToString(true, 0, terminal.cols) ?? '').trimEnd(),
      );
      return lines.join('\n').trimEnd();
    },
    inverseRow(): number {
      const { active } = terminal.buffer;
      const inverse = (row: number, column: number) =>
        (active
          .getLine(active.viewportY + row)
          ?.getCell(column)
          ?.isInverse() ?? 0) !== 0;
      return Array.from({ length: terminal.rows }, (_, row) => row).findIndex((row) =>
        Array.from({ length: 12 }, (_, column) => column + 2).every((column) => inverse(row, column)),
      );
    },
    leftovers(): string[] {
      const { modes, buffer } = terminal;
      const wrong: Record<string, boolean> = {
        'alternate screen': buffer.active.type === 'alternate',
        'hidden cursor': !cursorShown,
        'no line wrap': !modes.wraparoundMode,
        'mouse reports': modes.mouseTrackingMode !== 'none',
        'focus reports': modes.sendFocusMode,
        'bracketed paste': modes.bracketedPasteMode,
        'application cursor keys': modes.applicationCursorKeysMode,
        'synchronized output': modes.synchronizedOutputMode,
      };
      return Object.keys(wrong).filter((what) => wrong[what]);
    },
  };
}
