import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { Lines } from "../lib/io/stdio.ts";
import { readFlags, shorten } from "./flags.ts";

/** Bash says as $2 what of a word it will replace, and takes words as they are. */
const BASH = `_p2pchat() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files | :folders)
        compopt -o filenames 2>/dev/null
        local kind=-f
        [ "$line" = :folders ] && kind=-d
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$kind" -- "$2")
        ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(p2pchat complete bash "$2" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _p2pchat p2pchat`;

const ZSH = `#compdef p2pchat
_p2pchat() {
  local line
  local -a found
  while IFS= read -r line; do
    case $line in
      :files) compset -P '*='; _files ;;
      :folders) compset -P '*='; _files -/ ;;
      *) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(p2pchat complete zsh "\${(@Q)words[2,CURRENT-1]}" "\${words[CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe -t p2pchat p2pchat found
}
if [ "$funcstack[1]" = _p2pchat ]; then
  _p2pchat "$@"
else
  compdef _p2pchat p2pchat
fi`;

const FISH = `function __p2pchat_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l typed (commandline -ct)
    set -l flag (string match -r -- '^--[^=]*=' $typed)
    set -l value (string replace -r -- '^--[^=]*=' '' $typed)
    for line in (p2pchat complete fish $before "$typed" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$value" | string replace -r -- '^' "$flag"
            case :folders
                __fish_complete_directories "$value" '' | string replace -r -- '^' "$flag"
            case '*'
                echo $line
        end
    end
end
complete -c p2pchat -f -a '(__p2pchat_complete)'`;

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
]);

export async function run(rawArgs: readonly string[]): Promise<number> {
  const { operand: shell = "" } = readFlags("completion", rawArgs);
  const script = SCRIPTS.get(shell);
  if (script === undefined) {
    const what = shell === "" ? "Say which shell" : `No completion for ${shorten(shell)}`;
    throw new Failure(`${what}: p2pchat completion ${[...SCRIPTS.keys()].join("|")}`, EXIT.usage);
  }
  const out = new Lines(1);
  out.write(script);
  out.flush();
  return EXIT.done;
}
