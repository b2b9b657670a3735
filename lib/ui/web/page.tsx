/** All that the browser shows: a face of a node that runs in another process. */
export function Page() {
  return (
    <main className="page">
      <h1>p2pchat</h1>
    </main>
  );
}
