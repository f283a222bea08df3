package admission

import "container/list"

// lru is a map of limited size that forgets the least recently used entry. It is not safe for
// concurrent use.
type lru[K comparable, V any] struct {
	capacity int
	entries  map[K]*list.Element
	order    list.List // of entry[K, V]; the most recently used first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](capacity int) lru[K, V] {
	return lru[K, V]{capacity: capacity, entries: make(map[K]*list.Element)}
}

// get returns the value of a key, or the zero value if there is none.
func (r *lru[K, V]) get(key K) (value V) {
	if e := r.entries[key]; e != nil {
		r.order.MoveToFront(e)
		found, _ := e.Value.(entry[K, V])
		value = found.value
	}
	return value
}

func (r *lru[K, V]) put(key K, value V) {
	if e := r.entries[key]; e != nil {
		r.order.Remove(e)
	}
	r.entries[key] = r.order.PushFront(entry[K, V]{key, value})
	if r.order.Len() > r.capacity {
		oldest, _ := r.order.Remove(r.order.Back()).(entry[K, V])
		delete(r.entries, oldest.key)
	}
}
