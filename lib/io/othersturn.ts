/** Lets all else that this program has to do have its turn: signals, sockets, timers. */
export async function othersTurn(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}
