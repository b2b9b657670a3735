import type { ComponentProps } from "react";
import { Icon, type IconName } from "./icon.tsx";

interface SignProps extends Omit<ComponentProps<"button">, "children" | "type" | "title"> {
  readonly icon: IconName;
  /** What it does, for whoever sees no drawing, and whoever points at it. */
  readonly label: string;
}

/** A button that is a drawing. */
export function Sign({ icon, label, className = "", ...others }: SignProps) {
  return (
    <button
      type="button"
      className={`sign ${className}`}
      aria-label={label}
      title={label}
      {...others}
    >
      <Icon name={icon} />
    </button>
  );
}
