package server_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

// rsaSigner returns a new RSA key that signs with one algorithm.
func rsaSigner(t *testing.T, bits int, algorithm string) gossh.Signer {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	all, ok := signer.(gossh.AlgorithmSigner)
	if !ok {
		t.Fatalf("a %T", signer)
	}
	one, err := gossh.NewSignerWithAlgorithms(all, []string{algorithm})
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// claimedKey is a public key without its private key.
type claimedKey struct {
	kind string
	blob []byte
}

func (k claimedKey) Type() string                          { return k.kind }
func (k claimedKey) Marshal() []byte                       { return k.blob }
func (k claimedKey) Verify([]byte, *gossh.Signature) error { return errors.New("it never signs") }

// claimer claims to have a key, and returns invalid signatures.
type claimer struct{ claimedKey }

func (c claimer) PublicKey() gossh.PublicKey { return c.claimedKey }

func (c claimer) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return &gossh.Signature{Format: c.kind, Blob: make([]byte, 40)}, nil
}

// dssKey returns a key of the obsolete type ssh-dss.
func dssKey() gossh.Signer {
	return claimer{claimedKey{"ssh-dss", gossh.Marshal(&struct {
		Kind       string
		P, Q, G, Y *big.Int
	}{"ssh-dss", big.NewInt(23), big.NewInt(11), big.NewInt(4), big.NewInt(8)})}}
}

// longKey returns an RSA public key of that length, without its private key.
func longKey(bits uint) []byte {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return gossh.Marshal(&struct {
		Kind string
		E, N *big.Int
	}{gossh.KeyAlgoRSA, big.NewInt(1<<24 - 1), n.SetBit(n, 0, 1)})
}

// signedRequest returns a login request with a key and an invalid signature.
func signedRequest(user string, key []byte, proven bool) []byte {
	request := gossh.Marshal(&struct {
		User            string `sshtype:"50"`
		Service, Method string
		Proven          bool
		Algorithm, Key  string
	}{user, "ssh-connection", "publickey", proven, gossh.KeyAlgoRSASHA256, string(key)})
	if !proven {
		return request
	}
	signature := gossh.Marshal(&struct {
		Format string
		Blob   []byte
	}{gossh.KeyAlgoRSASHA256, bytes.Repeat([]byte{1}, len(key)-32)})
	return append(request, gossh.Marshal(&struct{ Signature []byte }{signature})...)
}

// TestWeakKeyIsExplained names what to do: before the login, and again where the key keeps
// somebody out.
func TestWeakKeyIsExplained(t *testing.T) {
	const remedy = "ssh-keygen -t ed25519"
	owner := sshtest.Signer(t, 1)
	for what, c := range map[string]struct {
		key  gossh.Signer
		want string // empty: it is accepted
	}{
		"RSA of 1024 bits": {rsaSigner(t, 1024, gossh.KeyAlgoRSASHA256), "1024 bits"},
		"RSA of 2048 bits": {rsaSigner(t, 2048, gossh.KeyAlgoRSASHA256), ""},
		"RSA with SHA-512": {rsaSigner(t, 2048, gossh.KeyAlgoRSASHA512), ""},
		"RSA with SHA-1":   {rsaSigner(t, 2048, gossh.KeyAlgoRSA), "SHA-1"},
		"DSA":              {dssKey(), "ssh-dss"},
		"Ed25519":          {sshtest.Signer(t, 2), ""},
	} {
		t.Run(what, func(t *testing.T) {
			g := owns(t, start(t, func(c *server.Config) { c.NoGuests = true }).load(t, 0), "taken", owner)
			for _, name := range []string{"alice", "taken"} {
				var banner strings.Builder
				config := sshtest.Config(name, c.key)
				config.BannerCallback = func(text string) error {
					if !strings.Contains(text, "Log in with that key") && !strings.Contains(text, "a game for players with an SSH key") {
						banner.WriteString(text) // those two are about the method "none"
					}
					return nil
				}
				client, err := gossh.Dial("tcp", g.addr, config)
				if err != nil {
					t.Fatal(err)
				}
				r := (&sshtest.Conn{Client: client}).Run(t, "me", false)
				_ = client.Close()
				if c.want == "" {
					if banner.Len() > 0 || name != "taken" && r.Status != 0 {
						t.Errorf("%s: %+v after %q, want to be let in", name, r, banner.String())
					}
					continue
				}
				if said := banner.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, c.want) || !strings.Contains(said, remedy) {
					t.Errorf("%s: before the login %q, want one line with %q and the remedy", name, said, c.want)
				}
				if r.Status != 1 || !strings.Contains(r.Errors, c.want) || !strings.Contains(r.Errors, remedy) {
					t.Errorf("%s: %+v, want %q and the remedy", name, r, c.want)
				}
			}
		})
	}
}

// TestWeakKeyTooLongIsNeverChecked matters because a forged signature costs its sender
// nothing, and 16 ms to check.
func TestWeakKeyTooLongIsNeverChecked(t *testing.T) {
	const times = 10
	g := start(t, func(c *server.Config) { c.Conns.FailureBurst = 1000 }).load(t, 0) // nobody is held
	key := longKey(16384)
	service := gossh.Marshal(&struct {
		Name string `sshtype:"5"`
	}{"ssh-userauth"})
	for what, requests := range map[string][][]byte{
		"signed at once":       {signedRequest("alice", key, true)},
		"offered, and signed":  {signedRequest("alice", key, false), signedRequest("alice", key, true)},
		"offered, and no more": {signedRequest("alice", key, false)},
	} {
		t.Run(what, func(t *testing.T) {
			used, told := cpu(t), 0
			for range times {
				r := sshtest.NewRaw(dial(t, g.addr))
				if err := exchange(r); err != nil {
					t.Fatal(err)
				}
				if err := r.Send(append([][]byte{service}, requests...)...); err != nil {
					t.Fatal(err)
				}
				for {
					packet, err := r.Receive()
					if err != nil {
						break // the server has hung up
					}
					if packet[0] == 53 && bytes.Contains(packet, []byte("16384 bits")) && bytes.Contains(packet, []byte("ssh-keygen")) {
						told++
					}
				}
			}
			if told != times {
				t.Errorf("%d of %d are told why", told, times)
			}
			if each := (cpu(t) - used) / times; !raceDetector && each > 10*time.Millisecond {
				t.Errorf("each takes %v of CPU", each)
			}
		})
	}
}
