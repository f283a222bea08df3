package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// codesBucket is where codes are kept, and maxCodes how many bytes they may take
	// together: some ten thousand.
	codesBucket = "clickky-codes"
	maxCodes    = 16 << 20
	maxGrant    = 1 << 10
	codesIn     = 5 * time.Second
)

// ErrNoCode means that there is no such code, or not any more.
var ErrNoCode = errors.New("there is no such code")

// Grant is what a code gives: a name, by the word of one of its keys.
type Grant struct {
	Name string `json:"name"`
	By   string `json:"by"`
}

// Codes are one-time codes that all servers of a game share, in a key-value bucket
// of JetStream. What is kept of a code is its SHA-256, and for each name which of its
// codes is the good one: taking that mark away is what uses a code up, and it can be
// taken once.
type Codes struct {
	js       jetstream.JetStream
	ttl      time.Duration
	replicas int
}

// NewCodes returns codes that are good for a time, on so many servers of NATS.
func NewCodes(nc *nats.Conn, ttl time.Duration, replicas int) (*Codes, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("share one-time codes: %w", err)
	}
	return &Codes{js, ttl, replicas}, nil
}

func codeKey(code string) string { return "code." + digest(code) }

func nameKey(name string) string { return "name." + digest(name) }

// digest is a text as a key of a bucket.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Add makes a code good, which takes the place of an earlier one of that name. It
// takes some seconds at most, even if NATS cannot be reached.
func (c *Codes) Add(ctx context.Context, code string, g Grant) error {
	ctx, cancel := context.WithTimeout(ctx, codesIn)
	defer cancel()
	kv, err := c.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: codesBucket, Description: "Clickky: one-time codes", TTL: c.ttl,
		History: 1, MaxValueSize: maxGrant, MaxBytes: maxCodes, Replicas: c.replicas,
	})
	if err != nil {
		return fmt.Errorf("store the code: %w", err)
	}
	if _, err := kv.Put(ctx, codeKey(code), encode(g)); err != nil {
		return fmt.Errorf("store the code: %w", err)
	}
	if _, err := kv.PutString(ctx, nameKey(g.Name), digest(code)); err != nil {
		return fmt.Errorf("store the code: %w", err)
	}
	return nil
}

// Take uses a code up. It fails with ErrNoCode if it is not good, or was not by the
// time it was taken; any other error leaves open whether it is used. It takes as long
// as Add.
func (c *Codes) Take(ctx context.Context, code string) (Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, codesIn)
	defer cancel()
	kv, err := c.js.KeyValue(ctx, codesBucket)
	switch {
	case errors.Is(err, jetstream.ErrBucketNotFound):
		return Grant{}, ErrNoCode
	case err != nil:
		return Grant{}, fmt.Errorf("redeem the code: %w", err)
	}
	g, err := c.take(ctx, kv, code)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		return Grant{}, ErrNoCode
	case err != nil:
		return Grant{}, fmt.Errorf("redeem the code: %w", err)
	}
	// It is no good any more. That it is forgotten sooner than by itself is tidy.
	_ = kv.Purge(ctx, codeKey(code))
	return g, nil
}

func (c *Codes) take(ctx context.Context, kv jetstream.KeyValue, code string) (g Grant, err error) {
	granted, err := kv.Get(ctx, codeKey(code))
	if err != nil {
		return g, err
	}
	if err := read(granted.Value(), &g); err != nil {
		return g, err
	}
	good, err := kv.Get(ctx, nameKey(g.Name))
	if err != nil {
		return g, err
	}
	if string(good.Value()) != digest(code) {
		return g, jetstream.ErrKeyNotFound // a later one has taken its place
	}
	return g, kv.Delete(ctx, good.Key(), jetstream.LastRevision(good.Revision()))
}
