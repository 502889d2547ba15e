"""The platform as CDK stacks: stacks wire, constructs create, workflows are data."""
