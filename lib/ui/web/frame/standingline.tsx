import type { Link } from "../model/connection.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { standingWords } from "../model/standingwords.ts";
import { useAct } from "../parts/pagecontext.ts";
import { Sign } from "../parts/sign.tsx";

interface StandingLineProps {
  readonly model: PageModel;
  readonly link: Link;
}

/** How one stands in the network: always there, never a dialogue. */
export function StandingLine({ model, link }: StandingLineProps) {
  const act = useAct();
  const { text, isTrouble } = standingWords(model, link);
  return (
    <div className="rooms-foot">
      <span className={`dot ${isTrouble ? "connecting" : "connected"}`} />
      <span className={isTrouble ? "standing trouble" : "standing"} title={text}>
        {text}
      </span>
      <Sign
        icon="network"
        label="Network"
        onClick={() => act((here) => here.show({ kind: "network" }))}
      />
    </div>
  );
}
