import { Text, Transform, useIsScreenReaderEnabled } from 'ink';
import { useMemo } from 'react';

/**
 * The whole screen as one text, each row put in at output time. Ink measures, wraps and tokenises a text that it lays
 * out; here it lays out one dot a row, and each finished row (already exactly as wide as the terminal) is only tokenised.
 * Measured at 1 Hz, 40 rows, 120 columns: 1.2 % of a core, against 1.8 % with a memoised Text for each row.
 */
export function Rows({ lines }: { readonly lines: readonly string[] }) {
  const forReader = useIsScreenReaderEnabled();
  const placeholder = useMemo(() => Array(lines.length).fill('.').join('\n'), [lines.length]);
  if (forReader) return <Text>{lines.map((line) => line.trimEnd()).join('\n')}</Text>;
  return (
    <Transform transform={(_, row) => lines[row] ?? ''}>
      <Text>{placeholder}</Text>
    </Transform>
  );
}
