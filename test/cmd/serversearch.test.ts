import { expect, test } from "bun:test";
import { ServerSearch } from "../../cmd/serversearch.ts";
import { type Address, parseAddress } from "../../lib/base/address.ts";
import { parseServer } from "../../lib/io/config.ts";

const FIRST = addressOf("192.0.2.1:3478");
const SECOND = addressOf("192.0.2.2:3478");

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

/** A search whose lookups are answered by the test. */
function searching() {
  const found: (readonly Address[])[] = [];
  const lookups: PromiseWithResolvers<readonly Address[]>[] = [];
  const search = new ServerSearch({
    server: parseServer("example.org:3478", "the test"),
    found: (addresses) => found.push(addresses),
    onTrouble: () => undefined,
    resolve: () => {
      const lookup = Promise.withResolvers<readonly Address[]>();
      lookups.push(lookup);
      return lookup.promise;
    },
  });
  const answer = async (...addresses: Address[]): Promise<void> => {
    lookups.shift()?.resolve(addresses);
    await Bun.sleep(0);
  };
  return { search, found, answer };
}

test("all addresses that a name leads to are offered at once", async () => {
  const { search, found, answer } = searching();

  search.start();
  await answer(FIRST, SECOND);
  search.stop();

  expect(found).toEqual([[FIRST, SECOND]]);
});

test("a lookup that ends once the node is connected offers nothing", async () => {
  const { search, found, answer } = searching();

  search.start();
  search.onConnected();
  await answer(SECOND);
  search.stop();

  expect(found).toEqual([]);
});

test("a lookup that ends after the end of the search offers nothing", async () => {
  const { search, found, answer } = searching();

  search.start();
  search.stop();
  await answer(FIRST);

  expect(found).toEqual([]);
});
