package web

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// Address is where players join the game.
type Address struct {
	// Host is a name or an IP address; empty: the one that the browser used.
	Host string
	// Port is the port of SSH.
	Port string
}

// ParseAddress parses HOST or HOST:PORT. ok is false if that isn't safe to show.
func ParseAddress(text string) (a Address, ok bool) {
	a.Host = text
	if host, port, err := net.SplitHostPort(text); err == nil {
		a = Address{host, port}
	}
	a.Host = strings.Trim(a.Host, "[]")
	return a, isHost(a.Host) && isPort(a.Port)
}

// isHost reports whether a text is a name or an IP address, and safe to type into a shell.
func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return !strings.Contains(text, "%")
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	isFirst := text != "" && text[0] != '-' && text[0] != '.'
	return isFirst && len(text) <= 253 && strings.Trim(text, letters+"0123456789-.") == ""
}

// isPort reports whether a text is empty or a port.
func isPort(text string) bool { return len(text) <= 5 && strings.Trim(text, "0123456789") == "" }

// command returns the command with which players join.
func (a Address) command() string {
	if a.Port == "" || a.Port == "22" {
		return "ssh " + a.Host
	}
	return "ssh -p " + a.Port + " " + a.Host
}

// client is who sent a request, and how the page was reached.
type client struct {
	addr         net.Addr
	throughProxy bool
	// origin is the URL of the page without a path.
	origin string
	// host is the name or the address with which players join.
	host string
}

// newClient returns the client of a request. A client can send any headers, so only those of proxies
// count; for other clients, the addresses of the connection do.
func (s *Server) newClient(r *http.Request) client {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	peer := net.TCPAddrFromAddrPort(at)
	c := client{addr: peer, throughProxy: s.Proxies.Contains(peer)}
	scheme := "http"
	if s.Certificate != nil || c.throughProxy && r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	c.host, c.origin = s.ownHost(r, scheme)
	if c.throughProxy {
		c.addr = s.forwardedFor(r, peer)
		if a, ok := ParseAddress(r.Host); ok {
			c.host, c.origin = cmp.Or(s.Join.Host, a.Host), origin(scheme, a)
		}
	}
	return c
}

// ownHost returns the server's name, if the operator has set one, or else the address to which the
// client connected.
func (s *Server) ownHost(r *http.Request, scheme string) (host, at string) {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	own := netip.AddrPort{}
	if tcp, ok := local.(*net.TCPAddr); ok {
		own = tcp.AddrPort()
	}
	switch ip := own.Addr().Unmap().WithZone(""); {
	case s.Join.Host != "":
		host = s.Join.Host
	case ip.IsLoopback():
		host = "localhost"
	default:
		host = ip.String()
	}
	return host, origin(scheme, Address{host, strconv.Itoa(int(own.Port()))})
}

// origin returns the URL of a page without a path.
func origin(scheme string, a Address) string {
	host := a.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.Port != "" && a.Port != map[string]string{"http": "80", "https": "443"}[scheme] {
		host += ":" + a.Port
	}
	return scheme + "://" + host
}

// forwardedFor returns the address of a proxy's client: the last address that isn't a proxy's. The
// client can have made up the addresses before it.
func (s *Server) forwardedFor(r *http.Request, peer net.Addr) net.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip.Unmap(), 0))
		if !s.Proxies.Contains(peer) {
			break
		}
	}
	return peer
}
