/** Counts the replies of each status for each route. */
export function tally() {
  const counts = new Map<string, Map<number, number>>();
  return {
    add(route: string, status: number): void {
      const of = counts.get(route) ?? new Map<number, number>();
      counts.set(route, of.set(status, (of.get(status) ?? 0) + 1));
    },
    table(): string {
      const lines = [...counts].sort().map(([route, of]) => {
        const each = [...of]
          .sort(([one], [other]) => one - other)
          .map(([status, count]) => `${status || 'none'}×${count}`);
        return `  ${route.padEnd(56)} ${each.join(' ')}`;
      });
      return lines.join('\n');
    },
  };
}
