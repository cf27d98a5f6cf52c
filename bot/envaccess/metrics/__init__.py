"""The process's own metrics, as Prometheus reads them; loaded only where `serve` is told to show them."""
