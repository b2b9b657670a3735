#!/bin/sh
# Starts Chromium with its temporary files in its profile: it leaves some when it is ended, and they
# go with that.
for argument; do
  case $argument in
  --user-data-dir=*)
    TMPDIR=${argument#*=}
    export TMPDIR
    ;;
  esac
done
exec /usr/bin/chromium "$@"
