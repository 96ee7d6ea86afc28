"""notify: subscriptions, signed webhooks with retries, and a live stream that misses nothing."""
