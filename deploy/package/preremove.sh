#!/bin/sh
# Before removing, for deb ("remove") and rpm (0 packages are left); not before an
# upgrade. The data stays.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now clickky.socket clickky.service
	fi
	;;
esac
