import type { ReactNode } from "react";

interface ScreenProps {
  readonly title: string;
  /** Page and node have not found each other, or do no more. */
  readonly isApart: boolean;
  readonly isBusy?: boolean;
  readonly children: ReactNode;
}

/** What is shown where there is no conversation to show. */
export function Screen({ title, isApart, isBusy, children }: ScreenProps) {
  return (
    <main className="screen" aria-busy={isBusy}>
      <div className={isApart ? "sigil apart" : "sigil"} aria-hidden="true">
        <i />
        <i />
      </div>
      <h1>{title}</h1>
      {children}
    </main>
  );
}
