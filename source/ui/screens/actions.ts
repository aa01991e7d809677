import { bytes, list, plural } from '../../stack/format.ts';
import { matching, offersOn, profileOffers } from '../action-offers.ts';
import type { Offer } from '../action-types.ts';
import type { Layer } from '../layers.ts';
import { paintLine, type Spans, span, spansWidth } from '../parts/spans.ts';
import { clean, cut, fill, wrap } from '../parts/text.ts';
import { systemNames } from './drill-words.ts';
import { type Menu, menuOf } from './menu.ts';
import type { Model } from './screen.ts';

type MenuLayer = Extract<Layer, { kind: 'actions' }>;

/** What is offered now, in the order of the menu. Availability is looked at here and nowhere else. */
export function offersIn(layer: MenuLayer, { actions, view }: Model): readonly Offer[] {
  if (actions === null || view === null) return [];
  const all =
    layer.of === 'profiles' ? profileOffers(actions.list(), view) : offersOn(actions.list(), layer.subjects, view);
  return matching(all, layer.filter);
}

/** What can be done, grouped by what it is done to; what can't be done now says why. */
export function actionsMenu(layer: MenuLayer, offers: readonly Offer[], model: Model, room: number): Menu {
  const inner = model.columns - 4;
  const roomy = model.rows >= 20 || offers.length + 2 + mostDetails <= room;
  const told = roomy ? detailLines(offers[layer.index], inner) : [];
  const name = Math.min(24, Math.max(12, ...offers.map(({ action }) => nameOf(action).length)));
  const rows = offers.map((offer, index): [Spans, Spans] => {
    const group = groupOf(offer);
    const repeated = index > 0 && groupOf(offers[index - 1] ?? offer) === group;
    const { does } = offer.action;
    const end = endOf(offer, model);
    const before: Spans = [
      span(fill(repeated ? '' : group, 11), 'faint'),
      span(`${fill(clean(nameOf(offer.action)), name)}  `, offer.why === null ? 'plain' : 'faint'),
    ];
    const words = profileWords(offer, model);
    const sentence = words ?? does;
    const after = cut(
      clean(offer.why === null || (words !== null && runsNow(offer, model)) ? sentence : `not now: ${offer.why}`),
      inner - spansWidth([...before, ...end]) - 1,
    );
    return [[...before, span(after, 'faint')], end];
  });
  const menu = menuOf(
    titleOf(layer, model),
    rows,
    layer.index,
    model,
    room - told.length - (layer.note === null ? 0 : 1),
    'no action matches',
  );
  const note = layer.note === null ? [] : [`  ${paintLine([span(clean(layer.note), 'faint')], inner, model.theme)}  `];
  const details = told.map((text) => `  ${model.theme.paint.faint(fill(text, inner))}  `);
  return { ...menu, lines: [...menu.lines, ...note, ...details] };
}

const mostDetails = 2;

/** Of the selected one the whole sentence, always on as many lines, so that nothing jumps. */
function detailLines(offer: Offer | undefined, columns: number): readonly string[] {
  const text =
    offer === undefined
      ? ''
      : [
          offer.action.does,
          offer.why === null ? '' : `Not now: ${offer.why}.`,
          ...offer.without.map(({ target, why }) => `Not ${target.name}: ${why}.`),
        ].join(' ');
  const lines = wrap(clean(text, 1_000).trim(), columns);
  return Array.from({ length: mostDetails }, (_, index) => lines[index] ?? '');
}

function groupOf({ action, targets }: Offer): string {
  const system = targets[0]?.system ?? null;
  return action.scope === 'cluster' && system !== null ? systemNames[system] : action.scope;
}

/** How many containers a profile has, and what they use where all of them run; null: it is none. */
function profileWords({ action }: Offer, { view }: Model): string | null {
  const { services } = action;
  if (services === undefined || view === null) return null;
  const running = view.report.containers.filter(
    ({ service, state }) => state === 'running' && service !== null && services.includes(service),
  );
  const missing = services.filter((name) => !running.some(({ service }) => service === name)).length;
  const used = running.reduce((sum, row) => sum + (row.memoryBytes ?? 0), 0);
  const amount = plural(services.length, 'container');
  if (missing === 0) return `${amount}, ${bytes(used)} as they run now`;
  return `${amount}, ${missing === services.length ? 'all' : `${missing} of them`} to be started`;
}

/** What runs now, and what can't be taken back. */
function endOf(offer: Offer, model: Model): Spans {
  if (runsNow(offer, model)) return [span('●', 'good'), span(' runs now')];
  return offer.action.danger === 'destroys' ? [span('destroys', 'strong')] : [];
}

const runsNow = ({ action }: Offer, { view }: Model): boolean => action.id === `profile.${view?.report.profile}`;

/** Its group says the first word already. */
const nameOf = ({ label, scope }: Offer['action']): string =>
  label.startsWith(`${scope} `) ? label.slice(scope.length + 1) : label;

function titleOf({ of, subjects, filter }: MenuLayer, { view }: Model): Spans {
  const stack = view?.report.stack ?? '';
  const names = subjects.map(({ name }) => name);
  const whom = names.length > 1 ? `${names.length} marked: ${list(names)}` : (names[0] ?? stack);
  return [
    span(of === 'profiles' ? 'Profiles' : 'Actions', 'strong'),
    span(' ── ', 'faint'),
    span(clean(of === 'profiles' ? stack : whom)),
    span('  : ', 'strong'),
    span(clean(filter)),
    span('▏'),
  ];
}
