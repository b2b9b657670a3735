#!/bin/sh
# Waits until a process is gone, however it ended, and then ends what that has left behind: every
# program whose runtime directory is in this folder, and the folder itself.
folder=$1
process=$2
while kill -0 "$process" 2>/dev/null; do sleep 1; done
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=$(grep -lsz "^XDG_RUNTIME_DIR=$folder/" /proc/[0-9]*/environ | tr -cd '0-9\n')
  [ -n "$left" ] || break
  # Each may be gone by now.
  for pid in $left; do kill -KILL "$pid" 2>/dev/null; done
  sleep 0.1
done
rm -rf "$folder"
