"""What Prometheus itself makes of alerting rules."""
