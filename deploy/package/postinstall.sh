#!/bin/sh
# Runs after an installation or upgrade, for deb and rpm. The operator starts the game
# (systemctl enable --now clickky.socket clickky.service). An upgrade restarts a
# running server, and players reconnect with the same command.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart clickky.service
fi
