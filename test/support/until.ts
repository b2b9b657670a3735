/** How long anything is waited for, on however busy a machine. */
export const WAIT_MS = 30_000;
const LOOK_MS = 5;

/** Looks again and again until it is so; for what no event tells of. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`Waited ${WAIT_MS} ms in vain: ${what}`);
    await Bun.sleep(LOOK_MS);
  }
}
