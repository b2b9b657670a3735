import { afterEach } from "bun:test";
import { join } from "node:path";
import { Store } from "../../../lib/io/store.ts";
import { ANN } from "./entries.ts";
import { scratch } from "./scratch.ts";

const stores: Store[] = [];

afterEach(closeAll);

export function closeAll(): void {
  for (const store of stores.splice(0)) store.close();
}

/** Ann's store, a new one unless a file is named, which is closed when the test is done. */
export function open(file = join(scratch(), "p2pchat.db")): Store {
  const store = Store.open(file, ANN);
  stores.push(store);
  return store;
}
