import { vi } from 'vitest';

/** What is written while something runs, each line parsed. */
export function linesOf(work: () => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const write = (chunk: unknown) => lines.push(String(chunk)) > 0;
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(write),
  );
  work();
  for (const stream of streams) {
    stream.mockRestore();
  }
  return lines.map((line) => JSON.parse(line));
}
