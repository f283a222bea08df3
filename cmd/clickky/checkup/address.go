package checkup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"
)

// greetTimeout is how long whoever has the address may take to say who it is.
const greetTimeout = 3 * time.Second

// Address looks whether the server's address can be listened on, or who does
// already.
func Address(ctx context.Context, s Server) Finding {
	const name = "port"
	addr := s.Addr
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		if err := listener.Close(); err != nil {
			return warning(name, err.Error(), "run clickky doctor again")
		}
		return ok(name, "%s is free", addr)
	case errors.Is(err, syscall.EADDRINUSE):
		return s.taken(ctx, name)
	}
	return cannotListen(name, addr, err)
}

// taken says who has the address.
func (s *Server) taken(ctx context.Context, name string) Finding {
	addr := s.Addr
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	g, err := s.greetLocal(ctx)
	if err != nil {
		return problem(name, fmt.Sprintf("another program is listening on %s", addr),
			"stop that program, or choose another address, for example --listen "+freeNear(addr))
	}
	return s.judgeAnswer(name, g)
}

// cannotListen judges an error of listening.
func cannotListen(name, addr string, err error) Finding {
	switch {
	case errors.Is(err, syscall.EACCES):
		return problem(name, fmt.Sprintf("this user isn't allowed to listen on %s", addr),
			"choose a port above 1023, for example --listen "+freeNear(net.JoinHostPort(hostOf(addr), "2222"))+
				", or add AmbientCapabilities=CAP_NET_BIND_SERVICE to the systemd unit")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return problem(name, fmt.Sprintf("this machine doesn't have the address %s", hostOf(addr)),
			"choose an address of this machine, or listen on all of them with --listen :"+portOf(addr))
	}
	return problem(name, fmt.Sprintf("can't listen on %s: %v", addr, err), "set --listen to an address like :2222")
}

func hostOf(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	return host
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// freeNear returns an address of the same host with the next port that is free.
func freeNear(addr string) string {
	const tries = 100
	first, err := strconv.Atoi(portOf(addr))
	if err != nil {
		first = 2221
	}
	for port := first; port < min(first+tries, 65536); port++ {
		near := net.JoinHostPort(hostOf(addr), strconv.Itoa(port))
		if l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", near); err == nil {
			_ = l.Close() // it was only to know
			return near
		}
	}
	return net.JoinHostPort(hostOf(addr), "0")
}
