#!/bin/sh
# After removing, for deb and rpm.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
