package loadtest

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// jiffy is the unit of times in /proc; the same on all common architectures of Linux.
const jiffy = 10 * time.Millisecond

// processUse returns what a process uses; false if it isn't visible.
func processUse(pid int) (use, bool) {
	if pid == 0 {
		return use{}, false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return use{}, false
	}
	// The name, in parentheses, may contain any character.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const utime, stime, rss = 11, 12, 21 // after the name
	if len(fields) <= rss {
		return use{}, false
	}
	n := func(i int) int64 {
		v, _ := strconv.ParseInt(fields[i], 10, 64)
		return v
	}
	return use{cpu: time.Duration(n(utime)+n(stime)) * jiffy, rss: n(rss) * int64(os.Getpagesize())}, true
}

// ownUse returns what this process uses.
func ownUse() use {
	u, _ := processUse(os.Getpid())
	return u
}

// CPUTime returns the processor time of a process; 0 if it isn't visible.
func CPUTime(pid int) time.Duration {
	u, _ := processUse(pid)
	return u.cpu
}

// ListenerOn returns the process that listens on a loopback address; 0 if it isn't visible.
func ListenerOn(addr string) int {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return 0
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if inode := listeningSocket(table, at.Port()); inode != "" {
			return ownerOf("socket:[" + inode + "]")
		}
	}
	return 0
}

// listeningSocket finds the inode of the socket that listens on a port.
func listeningSocket(table string, port uint16) string {
	f, err := os.Open(table)
	if err != nil {
		return ""
	}
	defer f.Close()
	const local, state, inode = 1, 3, 9
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > inode && fields[state] == "0A" && strings.HasSuffix(fields[local], fmt.Sprintf(":%04X", port)) {
			return fields[inode]
		}
	}
	return ""
}

// ownerOf finds the process that owns a socket.
func ownerOf(socket string) int {
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, d := range descriptors {
		if to, err := os.Readlink(d); err == nil && to == socket {
			pid, _ := strconv.Atoi(strings.Split(d, "/")[2])
			return pid
		}
	}
	return 0
}
