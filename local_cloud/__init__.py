"""The local cloud: an AWS emulator on loopback that runs the deployed architecture unchanged."""
