package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"clickky/server/web"
)

// WebReader is a collector for the metrics of the web page.
type WebReader struct{ Page *web.Server }

// Describe implements prometheus.Collector. It describes nothing, as that of Reader.
func (WebReader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r WebReader) Collect(out chan<- prometheus.Metric) {
	e, stats := emitter(out), r.Page.Stats()
	e.gauge("web_readers", "Readers of the web page's events.", float64(stats.Readers))
	e.total("web_requests_total", "Requests to the web page.", float64(stats.Requests))
	e.total("web_refused_total", "Requests to the web page that were refused, because there were too many requests or readers.", float64(stats.Refused))
}
