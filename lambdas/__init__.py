"""Handlers: parse, one call, answer. One folder a capability, one file a handler."""
