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
	// codesBucket is the bucket with the codes, and maxCodes its maximum size in bytes, enough for
	// some ten thousand.
	codesBucket  = "clickky-codes"
	maxCodes     = 16 << 20
	maxGrant     = 1 << 10
	codesTimeout = 5 * time.Second
)

// ErrNoCode means that the code doesn't exist, was used, or has expired.
var ErrNoCode = errors.New("there is no such code")

// Grant is what a code gives: a name, on behalf of one of its keys.
type Grant struct {
	Name string `json:"name"`
	By   string `json:"by"`
}

// Codes are one-time codes that all servers of a game share, in a JetStream key-value bucket. It
// stores the SHA-256 of each code, and for each name which code is valid. Deleting the latter
// redeems the code, which succeeds only once.
type Codes struct {
	js       jetstream.JetStream
	ttl      time.Duration
	replicas int
}

// NewCodes returns codes that expire after ttl, stored on that many NATS servers.
func NewCodes(nc *nats.Conn, ttl time.Duration, replicas int) (*Codes, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("share one-time codes: %w", err)
	}
	return &Codes{js, ttl, replicas}, nil
}

func codeKey(code string) string { return "code." + digest(code) }

func nameKey(name string) string { return "name." + digest(name) }

// digest converts a text to a key of the bucket.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Add makes a code valid, in place of an earlier one for the same name. It takes at most five
// seconds, even if NATS can't be reached.
func (c *Codes) Add(ctx context.Context, code string, g Grant) error {
	ctx, cancel := context.WithTimeout(ctx, codesTimeout)
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

// Take redeems a code. It fails with ErrNoCode if the code isn't valid, or no longer was when it
// was deleted; any other error leaves open whether it was redeemed. It takes as long as Add.
func (c *Codes) Take(ctx context.Context, code string) (Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, codesTimeout)
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
	// The code is no longer valid. Deleting it before it expires is only tidy.
	_ = kv.Purge(ctx, codeKey(code))
	return g, nil
}

func (c *Codes) take(ctx context.Context, kv jetstream.KeyValue, code string) (g Grant, err error) {
	granted, err := kv.Get(ctx, codeKey(code))
	if err != nil {
		return g, err
	}
	if err := unmarshal(granted.Value(), &g); err != nil {
		return g, err
	}
	good, err := kv.Get(ctx, nameKey(g.Name))
	if err != nil {
		return g, err
	}
	if string(good.Value()) != digest(code) {
		return g, jetstream.ErrKeyNotFound // a newer code has replaced it
	}
	return g, kv.Delete(ctx, good.Key(), jetstream.LastRevision(good.Revision()))
}
