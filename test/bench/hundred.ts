/** How often is looked whether one is due, in ms. */
const LOOK_MS = 5;
const GAP_MS = 10;

/**
 * Has a hundred messages said each second, numbered from 1 on, until it is told to stop; those that
 * a busy machine is late with are made up for. Stopped, it tells how many there were.
 */
export function sayHundreds(say: (text: string) => void): () => number {
  const beganAtMs = performance.now();
  let said = 0;
  const timer = setInterval(() => {
    while (said < (performance.now() - beganAtMs) / GAP_MS) say(`message ${++said}`);
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    return said;
  };
}
