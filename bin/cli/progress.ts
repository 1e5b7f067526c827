import type { Session } from './session.ts';

const BAR_CHARACTERS = 24;
const DRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;

/** How far a long work is. */
export interface Progress {
  /** @param told what else there is to say */
  step(done: number, told: string): void;
  /** Ends the line. */
  end(): void;
}

/** A bar that moves where somebody watches, else a line every few seconds; both beside the result. */
export function startProgress(session: Session, what: string, total: number): Progress {
  const startedAtMs = performance.now();
  const everyMs = session.isInteractive ? DRAW_EVERY_MS : LINE_EVERY_MS;
  let shownAtMs = startedAtMs;
  let isDrawn = false;
  return {
    step(done, told) {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < everyMs && done < total) {
        return;
      }
      shownAtMs = nowMs;
      const perSecond = (done * 1_000) / Math.max(1, nowMs - startedAtMs);
      const line = `${what} ${progressLine(done, total)}  ${perSecond.toFixed(1)}/s${told === '' ? '' : `  ${told}`}`;
      if (session.isInteractive) {
        session.draw(line);
        isDrawn = true;
      } else if (nowMs - startedAtMs >= LINE_EVERY_MS) {
        session.note(line);
      }
    },
    end() {
      if (isDrawn) {
        session.note('');
      }
    },
  };
}

/** For example `[######                  ]  25 %  5/20`. */
export function progressLine(done: number, total: number): string {
  const share = total === 0 ? 1 : done / total;
  const bar = '#'.repeat(Math.floor(share * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS);
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${done}/${total}`;
}
