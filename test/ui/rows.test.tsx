import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import { Rows } from '../../source/ui/parts/Rows.tsx';

test('each line is a row, as it is painted', () => {
  const lines = ['first', '\u001b[1mbold\u001b[22m │ ▁▂▃', '  indented'];
  expect(render(<Rows lines={lines} />).lastFrame()).toBe(lines.join('\n'));
});

test('a changed line shows, although nothing that Ink measures has changed', () => {
  const { lastFrame, rerender } = render(<Rows lines={['one', 'two']} />);
  rerender(<Rows lines={['one', 'TWO, and longer than before']} />);
  expect(lastFrame()).toBe('one\nTWO, and longer than before');
});

test('rows come and go', () => {
  const { lastFrame, rerender } = render(<Rows lines={['a', 'b']} />);
  rerender(<Rows lines={['a', 'b', 'c']} />);
  expect(lastFrame()).toBe('a\nb\nc');
  rerender(<Rows lines={['a']} />);
  expect(lastFrame()).toBe('a');
});
