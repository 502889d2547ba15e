"""The CDK app: ``cdk synth|deploy`` runs it; ``-c environment=prod`` chooses the environment."""

from __future__ import annotations

from stacks.node import use_bundled_node

use_bundled_node()

from aws_cdk import App, Validations  # noqa: E402

from stacks import staging  # noqa: E402
from stacks.platform import build  # noqa: E402
from stacks.settings import Settings  # noqa: E402


def main() -> None:
    """Synthesise the platform of one environment."""
    app = App()
    environment = app.node.try_get_context("environment") or "dev"
    settings = Settings.of(app.node.get_context("penstock"), environment)
    if app.node.try_get_context("nag") not in {"off", False}:
        from cdk_nag import AwsSolutionsChecks

        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with staging.alone():
        build(app, settings)
        app.synth()


if __name__ == "__main__":
    main()
