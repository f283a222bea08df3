package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"clickky/server/web"
)

// The metrics of the web page.
var (
	webReaders  = gauge("web_readers", "Readers of the web page's events.")
	webRequests = total("web_requests_total", "Requests to the web page.")
	webRefused  = total("web_refused_total", "Requests to the web page that were refused, because there were too many requests or readers.")
)

// WebReader is a collector for the metrics of the web page.
type WebReader struct{ Page *web.Server }

// Describe implements prometheus.Collector.
func (WebReader) Describe(out chan<- *prometheus.Desc) {
	out <- webReaders.Desc
	out <- webRequests.Desc
	out <- webRefused.Desc
}

// Collect implements prometheus.Collector.
func (r WebReader) Collect(out chan<- prometheus.Metric) {
	e, stats := emitter(out), r.Page.Stats()
	e.emit(webReaders, float64(stats.Readers))
	e.emit(webRequests, float64(stats.Requests))
	e.emit(webRefused, float64(stats.Refused))
}
