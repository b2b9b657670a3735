import { Screen } from "./screen.tsx";

/** What brought somebody here does not let them in. */
export function RefusedScreen() {
  return (
    <Screen title="This browser was not let in" isApart>
      <p>
        A link to your p2pchat opens one browser, once and within ten minutes, so that nobody else
        on this machine comes in by it. Type <code>/web</code> where you chat in the terminal, or
        run <code>p2pchat attach --web</code>: both make another.
      </p>
    </Screen>
  );
}
