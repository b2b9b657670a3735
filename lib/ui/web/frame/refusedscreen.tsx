/** What brought somebody here does not let them in. */
export function RefusedScreen() {
  return (
    <main className="screen">
      <div className="sigil apart" aria-hidden="true">
        <i />
        <i />
      </div>
      <h1>This browser was not let in</h1>
      <p>
        A link to your p2pchat opens one browser, once and within ten minutes, so that nobody else
        on this machine comes in by it. Type <code>/web</code> where you chat in the terminal, or
        run <code>p2pchat attach --web</code>: both make another.
      </p>
    </main>
  );
}
