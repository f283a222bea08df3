#!/bin/sh
# After installing or upgrading, for deb and rpm. The operator switches the game on
# (systemctl enable --now clickky.socket clickky.service); an upgrade of one that
# runs restarts it, and players come back with the same command.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart clickky.service
fi
