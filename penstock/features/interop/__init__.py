"""Feature definitions and rows of other tools: Feast, SageMaker Feature Store."""
