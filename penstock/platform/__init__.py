"""The deployed platform: where everything is, and how to call it."""

from penstock.platform.jobs import JobSettings, Source, processing_job, training_job
from penstock.platform.platform import Platform

__all__ = ["JobSettings", "Platform", "Source", "processing_job", "training_job"]
