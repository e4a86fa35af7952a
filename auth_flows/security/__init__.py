"""How somebody signs in, changed by its owner: pages of the self-service, each behind a fresh proof."""
