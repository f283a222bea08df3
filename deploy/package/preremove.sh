#!/bin/sh
# Runs before a removal, for deb ("remove") and rpm (0 packages left), but not before
# an upgrade. The data stays.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now clickky.socket clickky.service
	fi
	;;
esac
