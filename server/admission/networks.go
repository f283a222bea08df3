package admission

import (
	"net"
	"net/netip"
)

// AddrOf returns a client's IP address; invalid if it has none.
func AddrOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// Source returns the network that one person is likely to have: an IPv4 address or an IPv6
// /64. All addresses that are not IP have the same source.
func Source(a net.Addr) netip.Prefix {
	ip := AddrOf(a)
	bits := ip.BitLen()
	if ip.Is6() && !ip.IsLoopback() {
		bits = 64
	}
	source, _ := ip.Prefix(bits) // an invalid address has the zero prefix
	return source
}

// network is a network of a client. Its limits are those of a source, times factor.
type network struct {
	prefix netip.Prefix
	factor int
}

// networksOf returns the source, and for IPv6 the /56 and /48 around it, the widest last. A
// provider may give a customer any of them, and with it many sources.
func networksOf(source netip.Prefix) []network {
	networks := []network{{source, 1}}
	if source.Bits() != 64 {
		return networks
	}
	for _, wider := range []struct{ bits, factor int }{{56, 2}, {48, 4}} {
		if prefix, err := source.Addr().Prefix(wider.bits); err == nil {
			networks = append(networks, network{prefix, wider.factor})
		}
	}
	return networks
}

type netCounts map[netip.Prefix]int

func (p netCounts) add(networks []network) {
	for _, n := range networks {
		p[n.prefix]++
	}
}

func (p netCounts) remove(networks []network) {
	for _, n := range networks {
		if p[n.prefix]--; p[n.prefix] == 0 {
			delete(p, n.prefix)
		}
	}
}
