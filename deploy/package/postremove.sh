#!/bin/sh
# Runs after a removal, for deb and rpm.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
