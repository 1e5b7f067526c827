/** The known name that a mistyped one is most likely meant to be, if any is near. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of known) {
    const edits = editsBetween(typed, name);
    if (
      edits <= Math.max(1, Math.floor(name.length / 3)) &&
      edits < (best?.edits ?? Number.POSITIVE_INFINITY)
    ) {
      best = { name, edits };
    }
  }
  return best?.name ?? (typed.length > 1 ? known.find((name) => name.startsWith(typed)) : undefined);
}

/** How many letters to insert, leave out or replace to get from one to the other; two swapped letters are one edit. */
function editsBetween(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
