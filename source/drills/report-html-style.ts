/** The look of the page: light and dark as the reader has it, and light on paper. */
export const style = `
:root { color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1f2429; --soft: #646c75; --rule: #e4e2dd; --fine: #f1efeb;
  --acked: #2f7f6c; --failed: #c4453c; --indeterminate: #d19a2e; --band: #4f6fd0; --mark: #1f2429;
  --passed: #1f6f5c; --passed-bg: #e3f1ec; --failed-ink: #a8322a; --failed-bg: #fae7e4;
  --unclear: #85600f; --unclear-bg: #f8eed6; --idle: #565e67; --idle-bg: #eceae6; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14171a; --card: #1b1f23; --ink: #e3e6e8; --soft: #97a0a8; --rule: #2e343a; --fine: #23282d;
  --acked: #4bb096; --failed: #e0675d; --indeterminate: #ddb055; --band: #88a2f5; --mark: #e3e6e8;
  --passed: #79d0b8; --passed-bg: #173730; --failed-ink: #f2988f; --failed-bg: #43211e;
  --unclear: #e6c377; --unclear-bg: #3c3118; --idle: #a9b1b8; --idle-bg: #2a3036; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
main, footer { max-width: 1040px; margin: 0 auto; padding: 0 32px; }
main { padding-top: 40px; }
footer { padding-top: 8px; padding-bottom: 40px; color: var(--soft); font-size: 12.5px; }
h1, h2, h3 { margin: 0; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
h1 { font-size: 30px; } h2 { font-size: 20px; } h3 { font-size: 17px; }
h2 small, h3 small, summary small { font-weight: 400; font-size: 14px; color: var(--soft); letter-spacing: 0; margin-left: 8px; }
p { margin: 0; }
a { color: inherit; text-underline-offset: 2px; }
code { font: 12px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.eyebrow { color: var(--soft); font-size: 13px; margin-bottom: 4px; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.verdict { padding: 3px 12px; border-radius: 99px; font-size: 14px; font-weight: 650; white-space: nowrap; }
.verdict.passed { color: var(--passed); background: var(--passed-bg); }
.verdict.failed { color: var(--failed-ink); background: var(--failed-bg); }
.verdict.inconclusive { color: var(--unclear); background: var(--unclear-bg); }
.verdict.not-run { color: var(--idle); background: var(--idle-bg); }
td.passed { color: var(--passed); } td.failed { color: var(--failed-ink); } td.inconclusive { color: var(--unclear); } td.not-run { color: var(--idle); }
.does { margin-top: 10px; color: var(--soft); max-width: 72ch; }
.why { margin-top: 14px; padding: 2px 0 2px 14px; border-left: 3px solid var(--soft); font-size: 16px; max-width: 76ch; }
.why.passed { border-color: var(--acked); } .why.failed { border-color: var(--failed); } .why.inconclusive { border-color: var(--indeterminate); }
dl, dd, dt { margin: 0; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 36px; margin-top: 20px; }
.facts dt, .notes dt { color: var(--soft); font-size: 12.5px; }
.facts dd { font-variant-numeric: tabular-nums; }
section { margin: 28px 0; }
.system, .runs { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 20px 24px 22px; }
.failures { margin: 10px 0 0; padding: 8px 14px 8px 30px; border-radius: 6px; background: var(--failed-bg); color: var(--failed-ink); }
article { margin-top: 48px; padding-top: 28px; border-top: 1px solid var(--rule); }

.chart { position: relative; isolation: isolate; margin: 18px 0 22px; --left: 84px; --right: 12px; }
.row { display: grid; grid-template-columns: var(--left) 1fr; align-items: center; height: 24px; padding-right: var(--right); }
.row > b { font-weight: 400; font-size: 13px; color: var(--soft); }
.plot { position: relative; height: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
.plot > * { position: absolute; white-space: nowrap; }
.row.writes { height: 96px; margin-bottom: 8px; }
.writes svg { inset: 0; width: 100%; height: 100%; }
.writes path { shape-rendering: crispEdges; }
.line { stroke: var(--soft); stroke-width: 1; vector-effect: non-scaling-stroke; opacity: .5; }
path.acked { fill: var(--acked); } path.failed { fill: var(--failed); } path.indeterminate { fill: var(--indeterminate); }
.bar { top: 8px; height: 8px; border-radius: 2px; }
.predicted .bar { background: var(--band); opacity: .55; }
.outage .bar { top: 7px; height: 10px; border: 1.5px solid var(--failed); border-top: 0; border-radius: 0; }
.stem { top: 11.5px; height: 1px; background: var(--mark); opacity: .28; }
.dot { top: 8px; width: 8px; height: 8px; margin-left: -4px; border-radius: 50%; background: var(--mark); }
.writable .dot { background: var(--acked); box-shadow: 0 0 0 3px color-mix(in srgb, var(--acked) 25%, transparent); }
.writable .after, .writable .before { font-weight: 650; }
.after { margin-left: 10px; line-height: 24px; } .before { margin-right: 10px; line-height: 24px; }
.after { padding-left: 3px; } .before { padding: 0 3px; background: var(--card); }
.after em { color: var(--soft); }
.axis { border-top: 0; height: 22px; }
.axis .plot { border-top: 1px solid var(--rule); color: var(--soft); font-size: 12px; }
.axis span { transform: translateX(-50%); top: 3px; }
.over { position: absolute; top: 0; bottom: 22px; left: var(--left); right: var(--right); z-index: -1; }
.over > * { position: absolute; top: 0; bottom: 0; }
.over .band { background: var(--band); opacity: .1; }
.zero { width: 0; border-left: 1px dashed var(--mark); opacity: .55; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 14px 4px 0; text-align: left; vertical-align: baseline; font-weight: 400; border-bottom: 1px solid var(--fine); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: 12.5px; border-bottom-color: var(--rule); }
.n { text-align: right; white-space: nowrap; }
.times td:nth-child(3), .times th:nth-child(3) { padding-left: 14px; }
tr.odd th, tr.odd td.n { color: var(--failed-ink); font-weight: 650; }
.read tr:first-child > * { border-top: 1px solid var(--rule); }
.says { color: var(--soft); font-size: 13px; }
.good { color: var(--passed); } .bad { color: var(--failed-ink); } td small { white-space: nowrap; margin-left: 4px; }
.tables { display: grid; grid-template-columns: 1fr 1fr; gap: 24px 56px; align-items: start; }
.key { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 8px; }
.key.acked { background: var(--acked); } .key.failed { background: var(--failed); } .key.indeterminate { background: var(--indeterminate); }
.notes { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin-top: 18px; font-size: 14px; align-items: baseline; }
.lost { margin-top: 18px; font-size: 14px; }
.lost summary { cursor: pointer; }
.lost summary { font-weight: 650; } .lost p { color: var(--soft); margin-top: 4px; }
.lost ul { columns: 250px; column-gap: 20px; margin: 6px 0 0; padding: 0; list-style: none; }
.lost li { break-inside: avoid; font-size: 12.5px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.lost li span { color: var(--soft); }
.events table { margin-top: 10px; font-size: 14px; }
.events td { padding-top: 3px; padding-bottom: 3px; }
.events .n { width: 84px; color: var(--soft); } .events .source { width: 104px; color: var(--soft); } .events td:last-child { overflow-wrap: anywhere; }
.spread { margin-top: 12px; } .spread .median { font-weight: 650; } .spread .strip { width: 52%; padding-left: 18px; }
.spread td.strip { vertical-align: middle; }
.spread .plot { height: 20px; } .spread .plot > * { top: 0; bottom: 0; }
.spread .band { background: var(--band); opacity: .16; top: -4px; bottom: -4px; }
.spread .range { top: 9.5px; bottom: auto; height: 1px; background: var(--mark); opacity: .4; }
.spread .plot > .dot { top: 6px; bottom: auto; opacity: .55; } .spread .middle { top: 2px; bottom: 2px; width: 2px; margin-left: -1px; background: var(--mark); }
.runs table { margin-top: 10px; } .runs td { line-height: 1.4; } .runs td span { white-space: nowrap; }

@media (max-width: 760px) {
  main, footer { padding-left: 16px; padding-right: 16px; } main { padding-top: 24px; }
  h1 { font-size: 24px; }
  h2 small, h3 small { display: block; margin-left: 0; }
  .system, .runs { padding: 16px; }
  .tables { grid-template-columns: 1fr; }
  .chart { --left: 74px; }
  .notes { grid-template-columns: 1fr; gap: 0; } .notes dd { margin-bottom: 8px; }
  .spread .strip { width: 36%; }
  .runs .target { display: none; }
  .events .n { width: 66px; } .events .source { width: 80px; }
}
@media (max-width: 480px) {
  .says, .started, .spread .strip { display: none; }
  th, td { padding-right: 8px; overflow-wrap: anywhere; } .runs td span { white-space: normal; } .failures { overflow-wrap: anywhere; }
  .events .source { width: 70px; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #111; --soft: #555; --rule: #ccc; --fine: #e8e8e8; --acked: #2f7f6c; --failed: #c4453c; --indeterminate: #d19a2e; --band: #4f6fd0; --mark: #111;
    --passed: #1f6f5c; --passed-bg: #e3f1ec; --failed-ink: #a8322a; --failed-bg: #fae7e4; --unclear: #85600f; --unclear-bg: #f8eed6; --idle: #565e67; --idle-bg: #eceae6; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 12px; } main, footer { max-width: none; padding: 0; }
  .chart, tr, header { break-inside: avoid; } article { break-before: page; border: 0; }
}
`;
