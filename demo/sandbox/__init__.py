"""The vendor sandbox: stand-ins, over HTTP, for the companies the CIAM talks to, held to their contracts."""
