/** One line of the table: a figure and its bound. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  /** Whether the bound is a maximum, or else a minimum. */
  readonly most: boolean;
  readonly unit: string;
}

export const holds = ({ value, bound, most }: Figure): boolean => (most ? value <= bound : value >= bound);

/** Returns the table as text. Ratios are medians of rounds that took turns. */
export function report(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map((figure) => {
      const value = `${figure.value.toFixed(2)} ${figure.unit}`.padStart(11);
      const bound = `${figure.most ? '≤' : '≥'} ${figure.bound.toFixed(2)}`;
      return `${figure.name.padEnd(width)}  ${value}  ${bound.padEnd(8)} ${holds(figure) ? 'ok' : 'MISSED'}`;
    })
    .join('\n');
}
