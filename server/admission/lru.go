package admission

import "container/list"

// lru keeps at most so many values, each with a key, and forgets the one that was
// used longest ago. Its owner guards it.
type lru[K comparable, V any] struct {
	most    int
	entries map[K]*list.Element
	order   list.List // of entry[K, V]; the last used first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](most int) lru[K, V] {
	return lru[K, V]{most: most, entries: make(map[K]*list.Element)}
}

// get returns the value of a key, or the zero value if there is none.
func (r *lru[K, V]) get(key K) (value V) {
	if e := r.entries[key]; e != nil {
		r.order.MoveToFront(e)
		kept, _ := e.Value.(entry[K, V])
		value = kept.value
	}
	return value
}

// put sets the value of a key.
func (r *lru[K, V]) put(key K, value V) {
	if e := r.entries[key]; e != nil {
		r.order.Remove(e)
	}
	r.entries[key] = r.order.PushFront(entry[K, V]{key, value})
	if r.order.Len() > r.most {
		oldest, _ := r.order.Remove(r.order.Back()).(entry[K, V])
		delete(r.entries, oldest.key)
	}
}
