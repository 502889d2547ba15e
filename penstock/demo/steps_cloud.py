"""The first step: the local cloud with the platform in it."""

from __future__ import annotations

from penstock.demo.platform_start import put_aside, start
from penstock.demo.play import Play


def open_cloud(play: Play) -> None:
    """Start the cloud, empty where that was asked for or the use case has been shown before."""
    with play.stage.step("Start the local cloud and deploy the platform into it", "penstock up"):
        if play.request.fresh or (play.request.fresh is None and _shown_before(play)):
            if put_aside(play.request.root):
                play.stage.note("the state of the earlier cloud is kept in .penstock/previous")
        play.cloud = start(play.request.root, play.stage, play.request.environment)
        deployed = play.cloud.deployed
        stacks = len(deployed.created) + len(deployed.updated) + len(deployed.unchanged) if deployed else 0
        play.stage.note(f"{stacks} stacks at {play.cloud.endpoint}; IAM is enforced from here on")
        play.stage.note("dana is the data scientist, priya approves; each acts under her own role")


def _shown_before(play: Play) -> bool:
    """Say whether the local cloud has this use case already; it is started to find out."""
    from local_cloud import lifecycle
    from penstock.catalog import Catalog
    from penstock.errors import NotFound
    from penstock.platform import Platform

    root = play.request.root
    if not (root / lifecycle.FOLDER / "cloud.json").exists():
        return False
    cloud = lifecycle.up(root)
    try:
        platform = Platform.discover(cloud.session("engineer"), play.request.environment)
        Catalog(platform.items("catalog")).use_case(play.use_case)
    except NotFound:
        return False
    return True
