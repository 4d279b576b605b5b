// The plot of the last runs: counts above, duration below, one place a run, for ticks are a quarter of an hour apart by day
// and hours by night.
import uPlot from 'uplot';
import type { Run } from '../api/contract.ts';
import { count, span } from '../format.ts';
import { type Colours, readColours, whenColoursChange } from './colours.ts';

export interface RunsDrawing {
  /** Shows these runs instead, the oldest first. */
  show: (runs: readonly Run[]) => void;
  end: () => void;
}

interface DrawRunsOptions {
  /** What stands under a run. */
  label: (index: number) => string;
  onPoint: (index: number | null) => void;
  onOpen: (index: number) => void;
}

const COUNTS_HEIGHT = 160;
const DURATION_HEIGHT = 92;
const LEFT = 52;
const ASINH = 4;

/** Draws into `place`, as wide as it is, and again when its width or the colours change. */
export function drawRuns(place: HTMLElement, options: DrawRunsOptions): RunsDrawing {
  let runs: readonly Run[] = [];
  let plots: uPlot[] = [];

  function draw(): void {
    for (const plot of plots) plot.destroy();
    plots = [];
    const width = place.clientWidth;
    if (runs.length === 0 || width === 0) return;
    const colours = readColours(place);
    const at = runs.map((_, index) => index);
    plots = [
      new uPlot(
        countsPlot(colours, width, options),
        [
          at,
          runs.map(({ created }) => created),
          runs.map(({ updated }) => updated),
          // None is no point.
          runs.map(({ errors }) => errors || null),
        ],
        place,
      ),
      new uPlot(durationPlot(colours, width, options), [at, runs.map(({ durationSeconds }) => durationSeconds)], place),
    ];
  }

  const resized = new ResizeObserver(() => {
    if (plots.length === 0 || plots[0]!.width !== place.clientWidth) draw();
  });
  resized.observe(place);
  const stopFollowing = whenColoursChange(draw);
  return {
    show: (next) => {
      runs = next;
      draw();
    },
    end: () => {
      resized.disconnect();
      stopFollowing();
      for (const plot of plots) plot.destroy();
    },
  };
}

function basics(height: number, width: number, options: DrawRunsOptions): Omit<uPlot.Options, 'series' | 'axes'> {
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: {
      sync: { key: 'runs' },
      drag: { x: false, y: false },
      points: { show: false },
      y: false,
      bind: {
        click: (plot) => () => {
          if (typeof plot.cursor.idx === 'number') options.onOpen(plot.cursor.idx);
          return null;
        },
      },
    },
    hooks: { setCursor: [(plot) => options.onPoint(plot.cursor.idx ?? null)] },
  };
}

function axis(colours: Colours, of: Partial<uPlot.Axis>): uPlot.Axis {
  return {
    stroke: colours.ink,
    font: `11px ${colours.font}`,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    size: LEFT,
    // Every line we ask for has its number: by default an axis of this kind keeps a few.
    filter: (_, splits) => splits,
    ...of,
  };
}

/** Half a place more on either side, so that the first and the last bar are whole. */
const places: uPlot.Scale = { time: false, range: (_, min, max) => [min - 0.6, max + 0.6] };

function countsPlot(colours: Colours, width: number, options: DrawRunsOptions): uPlot.Options {
  const bars = (align: -1 | 1) => uPlot.paths.bars!({ size: [0.36, 18], align, radius: 0.12 });
  return {
    ...basics(COUNTS_HEIGHT, width, options),
    // A full sync writes thousands and a tick a handful: both have to be seen.
    scales: { x: places, y: { distr: ASINH, asinh: 5, range: (_, _min, max) => [0, Math.max(10, max * 1.4)] } },
    series: [
      {},
      { label: 'Created', fill: colours.created, width: 0, paths: bars(-1), points: { show: false } },
      { label: 'Updated', fill: colours.updated, width: 0, paths: bars(1), points: { show: false } },
      {
        label: 'Errors',
        stroke: colours.errors,
        paths: () => null,
        points: { show: true, size: 9, width: 2, stroke: colours.errors, fill: colours.paper },
      },
    ],
    axes: [
      axis(colours, { show: false }),
      axis(colours, { splits: (_plot, _axis, _min, max) => powersOfTen(max), values: (_, at) => at.map(short) }),
    ],
  };
}

function durationPlot(colours: Colours, width: number, options: DrawRunsOptions): uPlot.Options {
  return {
    ...basics(DURATION_HEIGHT, width, options),
    scales: { x: places, y: { distr: ASINH, asinh: 5, range: (_, _min, max) => [0, Math.max(10, max * 1.4)] } },
    series: [
      {},
      {
        label: 'Duration',
        stroke: colours.duration,
        width: 1.5,
        points: { show: true, size: 4, fill: colours.duration },
      },
    ],
    axes: [
      axis(colours, {
        size: 24,
        grid: { show: false },
        space: 90,
        incrs: [1, 2, 5, 10, 20, 50, 100],
        values: (_, at) => at.map((index) => (Number.isInteger(index) ? options.label(index) : '')),
      }),
      axis(colours, {
        splits: (_plot, _axis, _min, max) => [0, 10, 60, 600, 3600, 36_000].filter((at) => at <= max),
        values: (_, at) => at.map(span),
      }),
    ],
  };
}

function powersOfTen(max: number): number[] {
  return [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].filter((at) => at <= max && at !== 1);
}

const short = (value: number) => (value >= 10_000 ? `${count(value / 1000)}k` : count(value));
