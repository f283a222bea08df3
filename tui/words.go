package tui

import "clickky/tui/text"

func clean(s string, w int) (string, int)  { return text.Clean(s, w) }
func widthOf(s string) int                 { return text.Width(s) }
func first(w int, texts ...string) string  { return text.First(w, texts...) }
func grouped(n uint64) string              { return text.Grouped(n) }
func groupedInt(n int) string              { return text.Grouped(n) }
func groupedWidth(n uint64) int            { return text.GroupedWidth(n) }
func numberIn(n uint64, w int) string      { return text.Number(n, w) }
func rated(rate float64) string            { return text.Rate(rate) }
func count(n int, noun string) string      { return text.Count(n, noun) }
func countOf(n uint64, noun string) string { return text.Count(n, noun) }
func noun(n int, word string) string       { return text.Plural(n, word) }
