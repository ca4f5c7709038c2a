#!/bin/sh
# Becomes the service that PROXBOX_SERVICE names, so that it gets the signals itself.
set -eu
case "$PROXBOX_SERVICE" in
  gateway | registry | orchestrator | inventory | collector) ;;
  *)
    echo "PROXBOX_SERVICE is \"$PROXBOX_SERVICE\": name gateway, registry, orchestrator, inventory or collector" >&2
    exit 64
    ;;
esac
exec node "apps/$PROXBOX_SERVICE/src/main.ts"
