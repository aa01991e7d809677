import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { DrillProgress } from '../../source/drills/types.ts';
import type { View } from '../../source/monitor/types.ts';
import type { StackEvent } from '../../source/stack/events.ts';
import { initialState, type Layer, type UiState } from '../../source/ui/layers.ts';
import { draw } from '../../source/ui/screens/draw.ts';
import { insert } from '../../source/ui/state.ts';
import { openedLog, told } from '../../source/ui/state-logs.ts';
import { themeFor } from '../../source/ui/theme.ts';
import {
  container,
  engineLost,
  having,
  healthySnapshot,
  missing,
  noLeader,
  now,
  paused,
  silent,
  stopped,
  twoMasters,
} from '../helpers/snapshots.ts';
import {
  done as ended,
  fakeActions,
  planPreview,
  preview,
  remove,
  progress as running,
  setting,
  target,
} from '../screens/fake-actions.ts';
import { cascade, done, lane, leftover, plan, progress, result } from '../screens/fake-drills.ts';
import { fakeLogs, nasty } from '../screens/fake-logs.ts';
import { viewOf } from '../screens/screen.ts';

const base = healthySnapshot();
const named = (name: string) => ({ ...container('x', null), name, service: null, image: '映像/数据:latest' });
const events: readonly StackEvent[] = Array.from({ length: 90 }, (_, id) => ({
  id,
  at: now - id * 1000,
  source: 'patroni',
  subject: null,
  level: 'bad',
  text: `事件 ${id} ${'long '.repeat(id)}`,
}));

const views: Record<string, View | null> = {
  nothing: null,
  healthy: viewOf(base, events),
  troubled: viewOf(
    having(base, stopped('redis3'), silent('etcd1', 2000), paused('patroni3'), missing('sentinel2')),
    events,
  ),
  leaderless: viewOf(having(base, noLeader, twoMasters())),
  lost: viewOf(having(base, engineLost(9000))),
  crowded: viewOf({
    ...base,
    containers: [
      ...base.containers,
      ...Array.from({ length: 200 }, (_, index) => named(`数据库 😀 ${index} 很长的名字很长的名字`)),
    ],
  }),
  minimal: viewOf(healthySnapshot({ profile: 'minimal' })),
};

const states: Record<string, UiState> = {
  overview: initialState,
  zoomed: { ...initialState, zoomed: true, pane: 'redis', sorts: { redis: { column: 'lag', descending: true } } },
  filtered: { ...initialState, filters: { containers: 'a(' }, typing: true },
  held: { ...initialState, holding: true, pane: 'timeline' },
  help: { ...initialState, layers: [{ kind: 'help', top: 3, filter: '' }] },
  events: { ...initialState, layers: [{ kind: 'events', top: Infinity, filter: '' }] },
  detail: { ...initialState, layers: [{ kind: 'detail', pane: 'patroni', key: 'patroni2', top: 0, filter: '' }] },
  sentinel: {
    ...initialState,
    layers: [{ kind: 'detail', pane: 'redis', key: 'sentinel:sentinel1', top: 9, filter: '' }],
  },
  container: {
    ...initialState,
    layers: [{ kind: 'detail', pane: 'containers', key: 'paws-etcd1-1', top: 0, filter: 'a' }],
  },
  gone: { ...initialState, layers: [{ kind: 'detail', pane: 'etcd', key: 'etcd9', top: 99, filter: '数' }] },
  palette: { ...initialState, layers: [{ kind: 'palette', index: 2, filter: 'e' }] },
  sort: { ...initialState, pane: 'patroni', layers: [{ kind: 'sort', index: 1 }] },
};

const wordy = '数据库 😀 '.repeat(20);
const odd = plan({ missing: [wordy], confirm: wordy, on: wordy.slice(0, 60) });
const drillStates: Record<string, UiState> = {
  drills: { ...initialState, drills: true, layers: [{ kind: 'drills', drill: 'cascade', filter: '' }] },
  none: { ...initialState, drills: true, typing: true, layers: [{ kind: 'drills', drill: null, filter: '数' }] },
  confirm: { ...initialState, layers: [{ kind: 'confirm', plan: plan(), typed: wordy, trouble: { kind: 'wrong' } }] },
  moved: {
    ...initialState,
    layers: [{ kind: 'confirm', plan: cascade, typed: '', trouble: { kind: 'moved', from: wordy } }],
  },
  missing: { ...initialState, layers: [{ kind: 'confirm', plan: odd, typed: '', trouble: null }] },
  drill: { ...initialState, layers: [{ kind: 'drill', top: null }] },
  scrolled: { ...initialState, layers: [{ kind: 'drill', top: 7 }] },
  asking: { ...initialState, layers: [{ kind: 'heal', stage: 'asking', said: [] }] },
  healed: { ...initialState, layers: [{ kind: 'heal', stage: 'done', said: [wordy] }] },
  leave: { ...initialState, layers: [{ kind: 'leave' }] },
};
const drillProgress: Record<string, DrillProgress | null> = {
  none: null,
  writing: progress({ lanes: {} }, null),
  recovering: progress({ plan: cascade, waitsFor: wordy, lanes: { redis: lane('a'.repeat(500)) } }, 99_000),
  done: done({
    healed: false,
    verdict: 'failed',
    why: wordy,
    systems: [result({ failures: [wordy], leaderAfter: null })],
  }),
  bare: done({ verdict: 'not-run', systems: [] }, { report: null, timeline: [] }),
};

const theme = themeFor({ LANG: 'C.UTF-8' });
const nothingElse = { actions: null, connections: null, doctor: null, leaving: false };

for (const [what, view] of Object.entries(views)) {
  test(`every line is as wide as the terminal, at any size, on every screen: ${what}`, { timeout: 30_000 }, () => {
    for (const columns of [1, 59, 60, 75, 76, 80, 100, 120, 170, 233]) {
      for (const rows of [1, 14, 15, 20, 24, 32, 40, 60]) {
        for (const [name, state] of Object.entries(states)) {
          const { lines } = draw({
            view,
            state,
            columns,
            rows,
            now,
            refreshing: true,
            readOnly: true,
            theme,
            ...nothingElse,
            drills: null,
            logs: null,
          });
          expect(lines, `${name} ${columns}×${rows}`).toHaveLength(rows);
          const wrong = lines.filter((line) => stringWidth(line) !== columns);
          expect(wrong, `${name} ${columns}×${rows}`).toEqual([]);
        }
      }
    }
  });
}

for (const [what, shown] of Object.entries(drillProgress)) {
  test(`likewise everything of drills: ${what}`, { timeout: 30_000 }, () => {
    const drills = { plans: () => [plan(), odd, cascade], progress: shown, journal: [leftover] };
    for (const columns of [59, 60, 76, 80, 100, 120, 233]) {
      for (const rows of [14, 15, 20, 24, 32, 40, 60]) {
        for (const [name, state] of Object.entries(drillStates)) {
          const model = { view: views.healthy ?? null, columns, rows, now, refreshing: true, readOnly: false, theme };
          const { lines } = draw({ ...model, ...nothingElse, leaving: true, state, drills, logs: null });
          expect(lines, `${name} ${columns}×${rows}`).toHaveLength(rows);
          const wrong = lines.filter((line) => stringWidth(line) !== columns);
          expect(wrong, `${name} ${columns}×${rows}`).toEqual([]);
        }
      }
    }
  });
}

test('likewise everything of logs', { timeout: 30_000 }, () => {
  const services = ['数据库 😀 很长的名字很长的名字', ...Array.from({ length: 40 }, (_, index) => `service${index}`)];
  const lines = nasty.map((line, index) => ({ ...line, service: services[index % services.length] ?? '' }));
  const logs = fakeLogs(lines, { services, trouble: 'the engine does not answer: '.repeat(10) });
  const log = insert({ ...openedLog({ ...initialState, logs: true }, null, null), typing: true }, 'x'.repeat(300));
  const over = (layer: Layer): UiState => ({ ...log, typing: false, layers: [...log.layers, layer] });
  const long = `/tmp/${'路径/'.repeat(100)}a.log`;
  const logStates: Record<string, UiState> = {
    typing: log,
    told: told({ ...log, typing: false }, `saved 12 lines to ${long}`),
    wrapped: { ...log, typing: false, logLook: { ...log.logLook, wrap: true, stamps: 'full' } },
    levels: over({ kind: 'log-levels', index: 2, changed: false }),
    services: over({ kind: 'log-services', index: 40, changed: true }),
    time: over({ kind: 'log-time', typed: '21:0', trouble: 'a time is 21:04 '.repeat(20) }),
    save: over({ kind: 'log-save', typed: long, trouble: null }),
    palette: over({ kind: 'palette', index: 3, filter: '' }),
  };
  for (const columns of [59, 60, 76, 80, 100, 120, 233]) {
    for (const rows of [14, 15, 20, 24, 32, 40, 60]) {
      for (const [name, state] of Object.entries(logStates)) {
        const model = { view: views.healthy ?? null, columns, rows, now, refreshing: false, readOnly: false, theme };
        const drawn = draw({ ...model, ...nothingElse, state, drills: null, logs: { logs, look: state.logLook } });
        expect(drawn.lines, `${name} ${columns}×${rows}`).toHaveLength(rows);
        const wrong = drawn.lines.filter((line) => stringWidth(line) !== columns);
        expect(wrong, `${name} ${columns}×${rows}`).toEqual([]);
      }
    }
  }
});

test('likewise everything of actions', { timeout: 30_000 }, async () => {
  const actions = fakeActions();
  await actions.refresh();
  const subjects = [target('patroni1'), { ...target('patroni2'), name: wordy }];
  const about = { action: remove, targets: subjects, input: '', left: [wordy], index: 0, top: 3, typed: wordy };
  const dialog = {
    kind: 'action',
    ...about,
    preview: preview({ effects: [wordy], literal: [wordy] }),
    trouble: wordy,
  } as const;
  const states: Record<string, Layer> = {
    menu: { kind: 'actions', of: 'selection', subjects, index: 2, filter: '', note: null },
    nothing: { kind: 'actions', of: 'selection', subjects, index: 0, filter: '数', note: wordy },
    profiles: { kind: 'actions', of: 'profiles', subjects: [], index: 99, filter: '', note: wordy },
    ask: { kind: 'action-ask', action: setting, targets: subjects, typed: wordy, trouble: wordy },
    looking: { ...dialog, preview: null },
    dialog,
    refused: { ...dialog, preview: preview({ refused: wordy }) },
    plan: { ...dialog, action: setting, preview: planPreview, top: 999 },
    progress: { kind: 'action-progress', top: null, from: null },
    scrolled: { kind: 'action-progress', top: 2, from: null },
    leave: { kind: 'leave' },
    palette: { kind: 'palette', index: 5, filter: 're' },
  };
  const marks = { marks: { containers: ['paws-etcd1-1'], redis: ['redis:redis1', 'sentinel:sentinel1'] } };
  const steps = [...running().steps, { at: now, text: wordy }];
  for (const progress of [null, running({ steps, targets: subjects }), ended({ result: wordy, stage: 'failed' })]) {
    for (const columns of [59, 60, 76, 80, 100, 120, 233]) {
      for (const rows of [14, 15, 20, 24, 32, 40, 60]) {
        for (const [name, layer] of Object.entries(states)) {
          const state: UiState = { ...initialState, ...marks, actions: true, layers: [layer] };
          const model = { view: views.healthy ?? null, columns, rows, now, refreshing: false, readOnly: false, theme };
          const known = { actions: { list: actions.list, progress }, leaving: true, drills: null, logs: null };
          const { lines } = draw({ ...model, ...nothingElse, ...known, state });
          expect(lines, `${name} ${columns}×${rows}`).toHaveLength(rows);
          const wrong = lines.filter((line) => stringWidth(line) !== columns);
          expect(wrong, `${name} ${columns}×${rows}`).toEqual([]);
        }
      }
    }
  }
});
