import { useMemo } from "react";
import { qrModules } from "../../qrcode.ts";

interface QrProps {
  readonly text: string;
  /** What a camera finds in it, for who cannot see it. */
  readonly label: string;
}

/** A QR code, black on white whatever the page's colours are: cameras want it so. */
export function Qr({ text, label }: QrProps) {
  const rows = useMemo(() => qrModules(text), [text]);
  const dark = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={dark.join("")} />
    </svg>
  );
}
